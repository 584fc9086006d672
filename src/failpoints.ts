// Named moments at which a test lets the program die, fail or stand still. In production none is ever armed.

/** The numbers of the kill matrix; those it provokes from outside, or that have no part here yet, are not among them. */
export const FAILPOINTS = {
  K1: 'a request is written but not committed',
  K2: 'a request is committed and not answered',
  K3: 'a text is about to be judged',
  K4: 'a text is judged and nothing of it written',
  K5: '"submitting" is committed and nothing sent',
  K7: 'the provider has answered and its id is not stored',
  K8: 'the id of the prediction is stored',
  K9: 'a webhook has been received and nothing of it is committed',
  K10: 'what a webhook told is committed and it is not answered',
  K12: 'the picture is downloaded and not decoded',
  K13: 'the picture is finished and nothing uploaded',
  K14: 'the thumbnail is uploaded, the image is not',
  K16: 'both objects are uploaded and nothing recorded',
  K17: 'picture, charge and state are written but not committed',
  K18: 'the picture is recorded and nobody told',
  K19: 'the hold is voided but not committed',
  K20: 'canceled after the picture came: its objects are gone, its hold is open',
  K21: 'a file is marked as deleted and its objects are there',
  K23: 'the objects are deleted and the row is there',
  K24: 'a migration is applied but not committed',
  K25: 'the sweep has marked what nobody has any more',
  K27: 'told to stop, with steps in hand',
  K29: 'objects that no row names are found and not all of them moved',
  K30: 'a finished picture is judged and nothing has come of it',

  M1: 'a takedown is written but not committed',
  M2: 'a takedown is committed and nothing moved',
  M3: 'one of two objects is out of public reach',
  M4: 'both objects are out of public reach and nobody has noted it',
  M5: 'one of two objects is restored',
  M6: 'both objects are restored and the takedown stands',

  T1: 'a training is written but not committed',
  T2: 'a training is committed and not answered',
  T3: 'the pictures are packed and not uploaded',
  T4: 'the pictures are uploaded and nothing of it written down',
  T5: '"submitting" is committed and no training sent',
  T6: 'the provider has answered and the id of the training is not stored',
  T7: 'the id of the training is stored',
  T8: 'the weights are downloaded and not checked',
  T9: 'what the weights are is committed and nothing uploaded',
  T10: 'the weights are uploaded and nothing recorded',
  T11: 'weights, charge and state are written but not committed',
  T12: 'the weights are recorded and nobody told',
  T13: 'the hold of a training is voided but not committed',
  T14: 'unwanted weights are deleted and the row names them still',

  E1: 'an erasure is written but not committed',
  E2: 'an erasure is committed and nothing done for it',
  E3: 'the work of an erased user was told to stop',
  E4: 'pictures of an erased user are marked and their objects are there',
  E5: 'objects of an erased user are deleted and their rows are there',
  E6: 'the rows of some pictures of an erased user are purged but not committed',
  E7: 'the weights of an erased user are deleted and their rows are there',
  E8: 'the characters of an erased user are gone and the ledger names the user still',
  E9: 'all of an erased user is gone and the end of it is not committed',
} as const;

export interface Failpoint {
  name: keyof typeof FAILPOINTS;
  action: 'kill' | 'throw' | 'hang';
  /** How many times it is passed before it acts, once. */
  skip: number;
}

let armed: Failpoint | undefined;

/** Only the program does this, for the whole process: a host that mounts the service cannot be killed by a setting. */
export function armFailpoint(failpoint: Failpoint | undefined): void {
  armed = failpoint && { ...failpoint };
}

/** Costs one comparison while nothing is armed. Awaited wherever a hang should hold up what comes next. */
export function reach(name: Failpoint['name']): Promise<void> | undefined {
  return armed?.name === name ? strike(armed) : undefined;
}

function strike(failpoint: Failpoint): Promise<void> | undefined {
  if (failpoint.skip-- !== 0) return undefined;
  if (failpoint.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (failpoint.action === 'throw') throw new Error(`failpoint ${failpoint.name}: ${FAILPOINTS[failpoint.name]}`);
  return new Promise(() => {});
}

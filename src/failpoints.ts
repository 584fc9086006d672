// Named moments at which a test lets the program die, fail or stand still. In production none is ever armed.

/** The numbers of the kill matrix; those it provokes from outside, or that have no part here yet, are not among them. */
export const FAILPOINTS = {
  K1: 'a request is written but not committed',
  K2: 'a request is committed and not answered',
  K5: '"submitting" is committed and nothing sent',
  K7: 'the provider has answered and its id is not stored',
  K8: 'the id of the prediction is stored',
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

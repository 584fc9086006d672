// Deaths in bad moments, and workers and sweeps that come after them.
import { until } from '../../world.ts';
import { answeredAfter, askAndDelete, askAndDie, type Scenario } from './scenario.ts';

export const diedUnanswered: Scenario = {
  async play(stage) {
    await askAndDie(stage, 'K7');
    stage.sql('UPDATE image_generations SET lease_until_ms = 0');
    await stage.start();
    await stage.ended();
    await stage.audit(true);
  },
};

export const diedBetweenUploads: Scenario = {
  async play(stage) {
    await askAndDie(stage, 'K14');
    await stage.audit(false);
  },
};

export const diedAfterRecording: Scenario = {
  async play(stage) {
    await askAndDie(stage, 'K18');
    await stage.audit(false);
  },
};

export const diedDeleting: Scenario = {
  async play(stage) {
    const program = await stage.start('K21:kill');
    await askAndDelete(stage, program);
    await stage.died(program);
    await stage.start();
    await stage.deleted();
    await stage.audit(true);
  },
};

/** While the picture is on its way, another worker takes over. */
export const takenOver: Scenario = {
  async play(stage) {
    const program = await stage.start();
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    stage.double.next('download', answeredAfter(taken));
    await stage.ask(program);
    await stage.double.arrived('download');
    stage.sql("UPDATE image_generations SET lease_owner = 'another', lease_until_ms = ?", Number.MAX_SAFE_INTEGER);
    resolve();
    await program.end(); // which waits for the step
    await stage.audit(false);
  },
};

export const sweptLongAfter: Scenario = {
  async play(stage) {
    const program = await stage.start();
    await stage.ask(program, { key: 'old' });
    await stage.ended();
    await program.end();
    const old = "'2020-01-01T00:00:00.000Z'";
    stage.sql(`UPDATE image_files SET created_at = ${old}`);
    stage.sql(`UPDATE image_idempotency_keys SET created_at = ${old}`);
    await stage.start();
    const isSwept = () => stage.sql('SELECT 1 FROM image_idempotency_keys').length === 0;
    await until('the old key is forgotten, which comes last', isSwept);
    await stage.audit(false);
  },
};

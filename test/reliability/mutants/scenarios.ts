// All scenarios by their names.
import * as crashes from './scenarios/crashes.ts';
import * as provider from './scenarios/provider.ts';
import type { Scenario } from './scenarios/scenario.ts';
import * as users from './scenarios/users.ts';

const all = { ...users, ...crashes, ...provider };

export type ScenarioName = keyof typeof all;
export const SCENARIOS: Record<ScenarioName, Scenario> = all;

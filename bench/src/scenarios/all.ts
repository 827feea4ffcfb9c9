import { burst } from './burst.ts';
import { company } from './company.ts';
import { large } from './large.ts';
import { objects } from './objects.ts';
import { randomSizes } from './random-sizes.ts';
import { sameSize } from './same-size.ts';
import type { Scenario } from './scenario.ts';

/** All scenarios in the order of the report. */
export const scenarios: readonly Scenario[] = [
  sameSize,
  company,
  randomSizes,
  large,
  burst,
  objects,
];

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`Expected the name of a scenario, got ${name}.`);
  return found;
}

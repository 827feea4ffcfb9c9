import type { Judged } from './claim.ts';
import { claims } from './claims.ts';
import type { EvidenceFolder } from './folder.ts';

/**
 * Prints what README.md's first screens claim, and what has come of each on this machine.
 *
 * @returns whether all that could be judged are confirmed
 */
export function showClaims(folder: EvidenceFolder): boolean {
  console.log('\nWhat README.md claims on its first two screens:\n');
  let areConfirmed = true;
  for (const { name, says, item, judge } of claims) {
    if (!folder.has(item)) {
      console.log(`  not measured  ${name}`);
      continue;
    }
    const { measured, isConfirmed } = judged(() => judge(folder.read(item).result as never));
    areConfirmed &&= isConfirmed;
    console.log(`  ${isConfirmed ? 'confirmed   ' : 'REFUTED     '}  ${name}: ${measured}`);
    console.log(`                “${says}”`);
  }
  return areConfirmed;
}

/** A result that is not as its item measures it confirms nothing. */
function judged(judge: () => Judged): Judged {
  try {
    return judge();
  } catch (error) {
    return { measured: `cannot be judged (${(error as Error).message})`, isConfirmed: false };
  }
}

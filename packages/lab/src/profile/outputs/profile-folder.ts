import { writeInside } from '../../results/safe-files.ts';
import type { Profile } from '../profile-format.ts';
import { PROFILE_FILE } from './check-profile.ts';
import { encodePprof } from './pprof.ts';

export const PROFILE_PAGE = 'profile.html';
/** The folder of the traces, inside that of the profile. */
export const TRACES_FOLDER = 'traces';

/** Writes what is made from a profile, but its page. */
export function writeProfile(folder: string, profile: Profile): void {
  writeInside(folder, PROFILE_FILE, `${JSON.stringify(profile)}\n`);
  writeInside(folder, 'profile.pb.gz', encodePprof(profile));
}

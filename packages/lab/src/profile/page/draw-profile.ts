import { join } from 'node:path';
import { writeInside } from '../../results/safe-files.ts';
import { PROFILE_PAGE } from '../outputs/profile-folder.ts';
import type { Profile } from '../profile-format.ts';
import { renderProfile } from './render-profile.ts';

/** Draws the page of a profile into its folder. Returns its path. */
export function drawProfile(folder: string, profile: Profile): string {
  writeInside(folder, PROFILE_PAGE, renderProfile(profile));
  return join(folder, PROFILE_PAGE);
}

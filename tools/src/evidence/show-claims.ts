import type { EvidenceFolder } from './folder.ts';
export function showClaims(_folder: EvidenceFolder): boolean {
  return true;
}

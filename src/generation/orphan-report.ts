// What a sweep of the storage has found and done, and how much it may do.

export interface OrphanReport {
  /** True when nothing was to be moved, whatever is found. */
  dry_run: boolean;
  started_at: string;
  finished_at: string | null;
  /** Why it ended before its end; null when it did not. */
  error: string | null;
  /** Pictures and thumbnails with keys of ours. */
  objects: number;
  /** Of these, old ones that no row names. */
  orphans: number;
  /** Their keys: of the first hundred. */
  orphan_keys: string[];
  /** More orphans than this, and none is moved. */
  limit: number;
  braked: boolean;
  quarantined: number;
  /** Pictures whose objects were read and compared. */
  checked: number;
  /** Pictures in all that are known to be broken; then those that this sweep found, the first hundred of them, and mended ones. */
  broken: number;
  newly_broken: number;
  newly_broken_file_ids: number[];
  mended: number;
  /** What the storage refused to give or to move, without ending the sweep. */
  failures: number;
}

/** How many keys and ids a report names. */
export const NAMED = 100;
/** A real accident leaves a few; more than this is a wrong database, or an old one that was restored. */
const MOST = 100;
const SHARE = 0.01;
/** One per cent of a small forum would be less than one picture. This is what a few crashes leave: six objects each at most. */
const FEW = 10;

/** How many orphans of so many objects may be moved: a hundred, one per cent or ten, and never more than half of all. */
export function mostOrphans(objects: number): number {
  return Math.min(MOST, Math.max(FEW, Math.floor(objects * SHARE)), Math.floor(objects / 2));
}

export function newReport(dryRun: boolean, startedAt: string): OrphanReport {
  return {
    dry_run: dryRun,
    started_at: startedAt,
    finished_at: null,
    error: null,
    objects: 0,
    orphans: 0,
    orphan_keys: [],
    limit: 0,
    braked: false,
    quarantined: 0,
    checked: 0,
    broken: 0,
    newly_broken: 0,
    newly_broken_file_ids: [],
    mended: 0,
    failures: 0,
  };
}

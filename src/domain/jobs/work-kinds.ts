import { renamePiece } from '../remediation/rename-policy-states.ts';
import { resetPiece } from '../run-states/reset-states.ts';
import type { WorkKind, WorkPiece } from './pending-work.ts';
import { removePiece } from './removal.ts';

/** What a piece of each kind of work is. Its progress is what a piece of the same kind has left. */
export const workKinds: Readonly<Record<WorkKind, WorkPiece<never, object>>> = {
  remove: removePiece,
  rename: renamePiece,
  reset: resetPiece,
};

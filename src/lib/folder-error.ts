import { AppError } from './app-error.ts';

/** The system's error codes in words. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write to it',
  EPERM: 'this user may not write to it',
  EROFS: 'its file system can only be read',
  ENOENT: 'it cannot be made there',
  ENOSPC: 'its disk is full',
  EDQUOT: "this user's share of its disk is used up",
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
};

/** The error for a data folder that cannot be used. @param cause what the system said */
export function folderError(folder: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { code = '', message = '' } = cause as NodeJS.ErrnoException;
  const why =
    MEANINGS[code] ?? (message.includes('readonly') || message.includes('unable to open') ? 'this user may not write to it' : code);
  const because = why === '' ? '' : `: ${why}`;
  return new AppError(
    'invalidConfiguration',
    `The data folder ${folder} cannot be read or written${because}. Give its owner the right to do both, or choose another folder with --data.`,
    { cause },
  );
}

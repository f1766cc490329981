import { InvalidArgumentError } from 'commander';

/** Reads the GUID of a tenant. @throws InvalidArgumentError */
export const guid = (value: string): string => {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return value.toLowerCase();
  throw new InvalidArgumentError('Give a GUID: every GUID is a tenant of its own.');
};

/** What Graph answers for a time that cannot be null and is not known. */
export const NO_DATE = '0001-01-01T00:00:00Z';

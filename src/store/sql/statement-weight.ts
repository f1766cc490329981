/** Bytes for each character of a statement's text: the text, and what a database compiles it to (measured with SQLite: 6 to 20). */
const WEIGHT_OF_A_CHARACTER = 24;

/** What a prepared statement weighs in memory, in bytes, estimated. @param text its SQL, or what stands for that */
export const statementWeight = (text: string): number => 500 + WEIGHT_OF_A_CHARACTER * text.length;

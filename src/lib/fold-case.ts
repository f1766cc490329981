/**
 * Text as it is compared where case means nothing (`caseless` properties): capitals of ASCII are small letters, all else is left alone. User
 * principal names have no others, and databases fold just these, whatever language they are set to.
 */
export const foldCase = (text: string): string =>
  /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase()) : text;

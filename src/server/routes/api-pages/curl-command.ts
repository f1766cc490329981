/** A request as somebody would send it from a shell. */
export interface ShellRequest {
  readonly method: string;
  /** With parts to fill in, in braces. */
  readonly url: string;
  readonly body: unknown;
}

/** A text as one word of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Between double quotes, where single ones stand for themselves: easier to read, and to fill in. */
const doubleQuoted = (text: string): string => `"${text.replace(/[\\"$`]/g, '\\$&')}"`;

/** The command line that sends a request, with the token in the variable `TOKEN`. */
export function curlCommand({ method, url, body }: ShellRequest): string {
  const lines = [
    // -g: braces are curl's own pattern otherwise, and so are the brackets of what may be filled in
    `curl${url.includes('{') ? ' -g' : ''}${method === 'GET' ? '' : ` -X ${method}`} ${url.includes("'") ? doubleQuoted(url) : quoted(url)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`]),
  ];
  return lines.join(' \\\n  ');
}

import type { HttpHeaders } from '../../lib/http.ts';

/** What every answer tells browsers: to believe its media type, so that no data is ever run as a script. */
const PLAIN: HttpHeaders = { 'x-content-type-options': 'nosniff' };

/** Over https also: never to come back without (RFC 6797), for a year. */
const STRICT: HttpHeaders = { ...PLAIN, 'strict-transport-security': 'max-age=31536000' };

const LOCAL = /^localhost(?::|$)/i;

/**
 * The headers of every answer. A browser applies https-only to a host name and all its ports; `localhost` belongs to other
 * programs too, so it is spared.
 * @param secure whether the server itself speaks https; behind a proxy that does, the proxy has to say so
 */
export const securityHeaders = (secure: boolean, host: string | undefined): HttpHeaders =>
  secure && !LOCAL.test(host ?? '') ? STRICT : PLAIN;

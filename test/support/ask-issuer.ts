import type { Issuer } from '../../src/auth/issuer/issuer.ts';
import { type HttpRequest, type HttpResponse, whole } from '../../src/lib/http.ts';

/** Asks an issuer without a server. @returns undefined where it has no route: `routes.test.ts` tries its routes with the server's router */
export async function askIssuer(issuer: Issuer, request: HttpRequest): Promise<HttpResponse | undefined> {
  const path = request.target.split('?')[0]!.toLowerCase();
  const route = issuer.routes.find(({ url }) => path.replace(/^\/[^/]+/, '/:tenant') === url.toLowerCase());
  return route === undefined ? undefined : await whole(route.handle)(request);
}

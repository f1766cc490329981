import { isLoopback } from './is-loopback.ts';
import type { Config } from './settings.ts';

type Named = Pick<Config, 'host' | 'publicUrl' | 'trustedProxy' | 'signIn'>;

/**
 * Whether people choose who they are on the sign-in page, without a password: on a server that is reached from its own machine alone, unless it is told
 * otherwise. A proxy or a public name in front of it say that others reach it, too.
 * @returns the names besides those of this machine under which they may, or undefined
 */
export function userChoiceOf({ host, publicUrl, trustedProxy, signIn }: Named): { readonly hosts: readonly string[] } | undefined {
  const hosts = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  if (signIn !== undefined) return signIn === 'choose' ? { hosts } : undefined;
  const isPublic = hosts.some((name) => !isLoopback(name.replace(/^\[|\]$/g, '')));
  return isLoopback(host) && trustedProxy.length === 0 && !isPublic ? { hosts } : undefined;
}

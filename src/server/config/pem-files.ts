import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { AppError } from '../../lib/app-error.ts';
import { type Config, flagOf } from './settings.ts';

/** A certificate chain and its private key, as PEM text. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The files that `--tls-cert` and `--tls-key` name, proven to belong together.
 * @returns undefined when the server shall speak plain http
 * @throws invalidConfiguration
 */
export function readTlsPair(config: Pick<Config, 'tlsCert' | 'tlsKey'>): TlsPair | undefined {
  if (config.tlsCert === undefined || config.tlsKey === undefined) return undefined;
  const pair = { cert: read('tlsCert', config.tlsCert), key: read('tlsKey', config.tlsKey) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const message = '--tls-cert and --tls-key must be PEM files of a certificate and of its own private key, without passphrase.';
    throw new AppError('invalidConfiguration', message, { cause });
  }
  return pair;
}

/** The certificate that `--client-certificate` names. @throws invalidConfiguration */
export function readClientCertificate({ clientCertificate }: Pick<Config, 'clientCertificate'>): string | undefined {
  if (clientCertificate === undefined) return undefined;
  const pem = read('clientCertificate', clientCertificate);
  try {
    return new X509Certificate(pem).toString();
  } catch (cause) {
    throw new AppError('invalidConfiguration', '--client-certificate must be a PEM file of one certificate.', { cause });
  }
}

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('invalidConfiguration', `The file of ${flagOf(setting)} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

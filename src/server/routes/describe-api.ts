import { writeOpenApi } from '../../api/openapi/write-openapi.ts';
import { versions } from '../../api/request/service-description.ts';
import { writeCsdl } from '../../odata/metadata/write-csdl.ts';
import type { Config } from '../config/settings.ts';

/** Descriptions of the service without a server: functions of the model alone. */

/** The OpenAPI document of a version, as JSON. */
export function openApiText(version: string, { profile, scopeNames, issuer }: Pick<Config, 'profile' | 'scopeNames' | 'issuer'>): string {
  return `${JSON.stringify(writeOpenApi(versions.get(version)!, { version, profile, scopeNames, issuer }), undefined, 2)}\n`;
}

/** The CSDL document of a version, as XML. */
export const metadataText = (version: string): string => writeCsdl(versions.get(version)!);

import { AppError } from '../../lib/app-error.ts';
import { type HeaderItem, type HeaderParameter, malformed, parseHeaderList, qualityOf } from './header-list.ts';

export type MetadataLevel = 'none' | 'minimal' | 'full';
export type MediaType = 'application/json' | 'application/xml' | 'text/plain' | 'application/octet-stream';

/** The format that an answer is to have. */
export interface Format {
  readonly mediaType: MediaType;
  /** How many control information annotations JSON carries (JSON Format §3.1). */
  readonly metadata: MetadataLevel;
  /** Int64 and Decimal are to be written as strings (JSON Format §3.2). */
  readonly ieee754Compatible: boolean;
  /** Annotations are to come before what they belong to (JSON Format §4.4). */
  readonly streaming: boolean;
  /** The client asked for `charset=utf-8`, so the answer names it. */
  readonly charset: boolean;
}

/** What a client asks for: the `Accept` header and `$format`, which wins (Protocol §11.2.11). */
export interface Wanted {
  readonly accept?: string | undefined;
  readonly format?: string | undefined;
}

/** A media range of `Accept`. */
interface Range {
  readonly type: string;
  readonly parameters: readonly HeaderParameter[];
  readonly quality: number;
}

const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['json', 'application/json'],
  ['xml', 'application/xml'],
]);

const plain = (mediaType: MediaType): Format => ({
  mediaType,
  metadata: 'minimal',
  ieee754Compatible: false,
  streaming: false,
  charset: false,
});

/** Format parameters that may stand behind each media type → what they change; undefined is a value that is not offered. */
const JSON_PARAMETERS: ReadonlyMap<string, (value: string) => Partial<Format> | undefined> = new Map<
  string,
  (value: string) => Partial<Format> | undefined
>([
  ['metadata', (value) => (value === 'none' || value === 'minimal' || value === 'full' ? { metadata: value } : undefined)],
  ['ieee754compatible', (value) => (isBoolean(value) ? { ieee754Compatible: value === 'true' } : undefined)],
  ['streaming', (value) => (isBoolean(value) ? { streaming: value === 'true' } : undefined)],
]);

const isBoolean = (value: string): boolean => value === 'true' || value === 'false';

/** Applies a range's format parameters to a media type, or says that one of them cannot be honoured. */
function withParameters(mediaType: MediaType, parameters: readonly HeaderParameter[]): Format | undefined {
  let format = plain(mediaType);
  for (const parameter of parameters) {
    const value = parameter.value.toLowerCase();
    const name = parameter.name.replace(/^odata\./, '');
    const change =
      name === 'charset'
        ? { charset: value === 'utf-8' || value === 'utf8' }
        : mediaType === 'application/json'
          ? JSON_PARAMETERS.get(name)?.(value)
          : undefined;
    if (change === undefined || change.charset === false) return undefined;
    format = { ...format, ...change };
  }
  return Object.freeze(format);
}

const matches = (type: string, mediaType: string): boolean =>
  type === mediaType || type === '*/*' || (type.endsWith('/*') && mediaType.startsWith(type.slice(0, -1)));

/** How exactly a range names a media type (RFC 9110 §12.5.1). */
const specificity = ({ type, parameters }: Range): number => (type === '*/*' ? 0 : type.endsWith('/*') ? 1 : 2 + parameters.length);

function toRange(header: string, item: HeaderItem): Range {
  if (!/^(?:\*\/\*|[^/*]+\/(?:\*|[^/*]+))$/.test(item.name)) throw malformed(header, `near '${item.name.slice(0, 80)}'`);
  const at = item.parameters.findIndex(({ name }) => name === 'q');
  return { type: item.name, parameters: at < 0 ? item.parameters : item.parameters.slice(0, at), quality: qualityOf(header, item) };
}

const notAcceptable = (offered: readonly MediaType[]): never => {
  throw new AppError('notAcceptable', `None of the formats asked for is offered here. Ask for ${offered.join(' or ')}.`);
};

/** Reads `$format`: a short name or one media type with parameters. */
function formatOption(option: string, offered: readonly MediaType[]): Format {
  const short = SHORT_NAMES.get(option.toLowerCase());
  const [item, ...more] = short === undefined ? parseHeaderList('$format', option) : [{ name: short, parameters: [] }];
  if (item === undefined || more.length > 0) return notAcceptable(offered);
  const mediaType = offered.find((type) => type === item.name);
  return (mediaType && withParameters(mediaType, item.parameters)) ?? notAcceptable(offered);
}

/**
 * Chooses the format of an answer (Protocol §8.2.1, §11.2.11; RFC 9110 §12.5.1): the highest quality, then the most exact range,
 * then the order of `offered`. A range with an unknown format parameter cannot be met (conformance minimal 5.1).
 * @param offered what the resource can be answered as, the default first
 * @throws notAcceptable when nothing asked for is offered; invalidHeader when `Accept` is malformed
 */
export function negotiateFormat(wanted: Wanted, offered: readonly MediaType[]): Format {
  if (wanted.format !== undefined) return formatOption(wanted.format, offered);
  const ranges = parseHeaderList('Accept', wanted.accept ?? '').map((item) => toRange('Accept', item));
  if (ranges.length === 0) return plain(offered[0]!);
  const ordered = [...ranges].sort((a, b) => b.quality - a.quality || specificity(b) - specificity(a));
  for (const range of ordered.filter(({ quality }) => quality > 0)) {
    for (const mediaType of offered.filter((type) => matches(range.type, type))) {
      const excluded = ranges.some((r) => r.quality === 0 && matches(r.type, mediaType) && specificity(r) > specificity(range));
      const format = excluded ? undefined : withParameters(mediaType, range.parameters);
      if (format !== undefined) return format;
    }
  }
  return notAcceptable(offered);
}

/** How the text of one setting is read. Flags and environment variables are text; values of the config file are turned into text first. */
export interface SettingKind<T> {
  /** Stands for the value in `--help`: `port`. */
  readonly placeholder: string;
  /** What is allowed, for the error message: `a whole number from 0 to 65535`. */
  readonly allowed: string;
  /** Whether the text may hold a password, and so is never repeated. */
  readonly secret?: boolean;
  /** What the flag means without a value, where it need not have one. */
  readonly bare?: string;
  /** Whether the setting may be given several times; `parse` then gets one item at a time. */
  readonly repeatable?: boolean;
  /** The value, or undefined when the text is not allowed. */
  parse(text: string): T | undefined;
}

/** Any text that is not empty. */
export const text = (placeholder: string): SettingKind<string> => ({
  placeholder,
  allowed: 'a text that is not empty',
  parse: (value) => (value.trim() === '' ? undefined : value),
});

/** The address of a PostgreSQL database, with a password perhaps. What it may hold besides is looked at when it is used. */
export const databaseUrl: SettingKind<string> = {
  placeholder: 'url',
  allowed: 'a URL such as postgres://user:password@host:5432/database?sslmode=verify-full',
  secret: true,
  parse: (value) => (/^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? '') ? value : undefined),
};

/** A whole number between two others. */
export const wholeNumber = (placeholder: string, least: number, most: number): SettingKind<number> => ({
  placeholder,
  allowed: `a whole number from ${least} to ${most}`,
  parse: (value) => (/^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : undefined),
});

/** One of a few words. */
export const choice = <const W extends string>(...words: readonly W[]): SettingKind<W> => ({
  placeholder: words.join('|'),
  allowed: `one of ${words.join(', ')}`,
  parse: (value) => words.find((word) => word === value.toLowerCase()),
});

/** A TCP port; 0 lets the system choose a free one. */
export const port: SettingKind<number> = {
  placeholder: 'port',
  allowed: 'a whole number from 0 to 65535, 0 for any free port',
  parse: (value) => (/^\d{1,5}$/.test(value) && Number(value) <= 65535 ? Number(value) : undefined),
};

/** `yes` or `no`; `true` and `false` are understood as the config file may hold them. */
export const yesNo: SettingKind<boolean> = {
  placeholder: 'yes|no',
  allowed: 'yes or no',
  parse: (value) => ({ yes: true, true: true, no: false, false: false })[value.toLowerCase()],
};

/** `yes`, `no`, or the address of a listener of its own. */
export const yesNoOrAddress: SettingKind<boolean | { readonly host: string; readonly port: number }> = {
  placeholder: 'yes|no|host:port',
  allowed: 'yes, no, or an address such as 127.0.0.1:9090 or [::1]:9090',
  parse(value) {
    const [, host, digits] = /^(\[[0-9a-f:.]+\]|[^:[\]/\s]+):(\d{1,5})$/i.exec(value) ?? [];
    if (host === undefined) return yesNo.parse(value);
    const number = port.parse(digits!);
    return number === undefined ? undefined : { host: host.replace(/^\[|\]$/g, ''), port: number };
  },
};

/** `yes` or `no` as above; the flag alone means yes. */
export const flag: SettingKind<boolean> = { ...yesNo, bare: 'yes' };

/** A number of days, from 1 to 36500. */
export const days: SettingKind<number> = {
  placeholder: 'days',
  allowed: 'a whole number of days from 1 to 36500',
  parse: (value) => (/^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 36_500 ? Number(value) : undefined),
};

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A number of bytes between two sizes, which are written as the setting is: `1KiB`. */
export function bytes(least: string, most: string): SettingKind<number> {
  const read = (value: string): number => {
    const [, digits = '', unit = ''] = /^(\d{1,12})(|KiB|MiB|GiB)$/.exec(value) ?? [];
    return digits === '' ? Number.NaN : Number(digits) * UNITS[unit]!;
  };
  return {
    placeholder: 'bytes',
    allowed: `a size from ${least} to ${most}, for example 4MiB or 4194304`,
    parse: (value) => (read(value) >= read(least) && read(value) <= read(most) ? read(value) : undefined),
  };
}

/** The text parsed as an http or https URL without user, query and fragment. */
function plainUrl(value: string): URL | undefined {
  const parsed = URL.parse(value);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  return parsed.username + parsed.password + parsed.search + parsed.hash === '' ? parsed : undefined;
}

/** An absolute http or https URL, kept as written: an issuer's name is compared letter by letter. */
export const url: SettingKind<string> = {
  placeholder: 'url',
  allowed: 'an absolute http or https URL without user, query and fragment',
  parse: (value) => (plainUrl(value) === undefined ? undefined : value),
};

/** Where browsers may be sent to with a code: an absolute http or https URL, compared letter by letter. */
export const redirectUri: SettingKind<string> = {
  placeholder: 'url',
  allowed: 'an absolute http or https URL without user and fragment, of 2048 characters at most',
  parse(value) {
    const parsed = URL.parse(value);
    const isPlain = parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username + parsed.password === '';
    return isPlain && value.length <= 2048 && !/[\s\\#]/.test(value) ? value : undefined;
  },
};

/** Scheme, host and port: what URLs that the server writes start with. */
export const origin: SettingKind<string> = {
  placeholder: 'url',
  allowed: 'an http or https URL of scheme, host and port only, for example https://graph.example.org',
  parse(value) {
    const parsed = plainUrl(value);
    return parsed?.pathname === '/' ? parsed.origin : undefined;
  },
};

/** An origin whose pages may use the server from a browser, or `*` for any. */
export const originOrAny: SettingKind<string> = {
  placeholder: 'origin|*',
  allowed: '* for any, or scheme, host and port, for example https://console.example.org',
  parse: (value) => (value === '*' ? value : origin.parse(value)),
};

/** Several values of one kind. */
export const listOf = <T>(item: SettingKind<T>): SettingKind<T> & { readonly repeatable: true } => ({ ...item, repeatable: true });

import { describe, expect, it } from 'vitest';
import { loadConfig, userChoiceOf } from './config.ts';

const choiceOf = (flags: Record<string, string | string[]>) => userChoiceOf(loadConfig({ flags, environment: {} }));

describe('C4 whether people choose a user without a password', () => {
  it.each([
    [{}, []],
    [{ host: 'localhost' }, []],
    [{ host: '::1' }, []],
    [{ host: '127.0.0.2', publicUrl: 'https://localhost:8443' }, ['localhost']],
    [{ publicUrl: 'http://[::1]:8080' }, ['[::1]']],
    [{ signIn: 'choose', publicUrl: 'https://login.microsoftonline.com' }, ['login.microsoftonline.com']],
  ])('C4 they do with %o', (flags, hosts) => expect(choiceOf(flags as Record<string, string>)).toEqual({ hosts }));

  it.each([
    { host: '0.0.0.0' },
    { host: '::' },
    { host: '192.0.2.1' },
    { publicUrl: 'https://graph.example.org' },
    { trustedProxy: ['127.0.0.1'] },
    { signIn: 'password' },
  ])('C4 they do not with %o', (flags) => expect(choiceOf(flags as Record<string, string>)).toBeUndefined());

  it('C4 a server that others reach cannot be told to let them', () => {
    expect(() => choiceOf({ host: '0.0.0.0', signIn: 'choose' })).toThrow('--sign-in choose');
  });
});

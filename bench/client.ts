import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { AppError } from '../src/lib/app-error.ts';

/** An answer, its body parsed. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends JSON requests below `/beta/deviceManagement/`. Rejects when the connection breaks. */
export type Client = (method: string, path: string, body?: object) => Promise<Answer>;

/** Makes a client with keep-alive connections. */
export function createClient(url: string, token: string): Client {
  const agent = new Agent({ keepAlive: true });
  return async (method, path, body) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    };
    return await new Promise((resolve, reject) => {
      // As it is: a URL object would write some characters in another way than the load does.
      const outgoing = request(url, { agent, method, headers, path: `/beta/deviceManagement/${path}` }, (incoming) => {
        text(incoming).then((json) => resolve({ status: incoming.statusCode!, body: json === '' ? {} : JSON.parse(json) }), reject);
      });
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  };
}

/** Sends one request that must succeed. @throws internal with the answer when its status is not the one given */
export async function expectStatus(status: number, answering: Promise<Answer>): Promise<Answer['body']> {
  const answer = await answering;
  if (answer.status === status) return answer.body;
  throw new AppError('internal', `The answer is ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
}

/** A hardware configuration to hang states from. */
export const newConfiguration = (displayName: string): object => ({
  displayName,
  fileName: 'bios.cctk',
  configurationFileContent: Buffer.from('[cctk]\r\nSecureBoot=Enabled\r\n').toString('base64'),
});

/** A script to hang states from. */
export const newScript = (displayName: string): object => ({
  displayName,
  fileName: 'hello.ps1',
  scriptContent: Buffer.from("Write-Output 'hello'\r\n").toString('base64'),
  runAsAccount: 'system',
});

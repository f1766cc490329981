import fc from 'fast-check';
import { expect } from 'vitest';
import { checkTenant } from '../../src/domain/doctor/doctor.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import type { ScriptFixture } from './health-fixtures.ts';
import type { InProcessApi } from './in-process-api.ts';

/** A script, three devices, and a naive model of what happened to them: it remembers every report and counts them all again. */

export const DAY = 86_400_000;

export const DETECTION = ['unknown', 'success', 'fail', 'scriptError', 'pending', 'notApplicable'] as const;
const REMEDIATION = ['unknown', 'skipped', 'success', 'remediationFailed', 'scriptError'] as const;

interface Result {
  readonly detectionState: (typeof DETECTION)[number];
  readonly remediationState: (typeof REMEDIATION)[number];
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A device state: all that was ever reported, newest last. A correction replaces the newest report. */
interface State {
  readonly id: string;
  device: number | undefined;
  now: Result;
  reports: Result[];
}

const isReport = ({ detectionState }: Result): boolean => detectionState !== 'pending';
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Writes a result into the model's memory of a state. */
function report(state: State, result: Result): void {
  const corrects = isReport(state.now) && state.now.time === result.time;
  state.now = result;
  if (!isReport(result)) return;
  if (corrects && state.reports.length > 0) state.reports.pop();
  state.reports.push(result);
}

/** What clients must see. */
class Model {
  readonly states = new Map<string, State>();
  /** Reports of devices by day, those included that newer reports of other days have replaced. */
  readonly history = new Map<string, { remediated: number; noIssue: number; failed: number }>();
  reported: Record<string, number> | undefined;

  count(column: string): number {
    return this.reported?.[column] ?? this.derived(column);
  }

  derived(column: string): number {
    const [property, value] = COLUMNS[column]!;
    return [...this.states.values()].filter(({ now }) => now[property] === value).length;
  }

  cumulative(now: number): number {
    const first = dayOf(now - 29 * DAY);
    const recent = ({ time }: Result): boolean => dayOf(time) >= first && dayOf(time) <= dayOf(now);
    // The newest day of remediation decides.
    return [...this.states.values()].filter(({ reports }) => {
      const days = reports.filter(({ remediationState }) => remediationState === 'success').sort((a, b) => a.time - b.time);
      return days.length > 0 && recent(days.at(-1)!);
    }).length;
  }

  add(result: Result | undefined, amount: number): void {
    if (result === undefined) return;
    const day = this.history.get(dayOf(result.time)) ?? { remediated: 0, noIssue: 0, failed: 0 };
    this.history.set(dayOf(result.time), day);
    if (result.remediationState === 'success') day.remediated += amount;
    if (result.detectionState === 'success') day.noIssue += amount;
    if (result.detectionState === 'fail') day.failed += amount;
  }
}

const COLUMNS: Readonly<Record<string, readonly ['detectionState' | 'remediationState', string]>> = {
  noIssueDetectedDeviceCount: ['detectionState', 'success'],
  issueDetectedDeviceCount: ['detectionState', 'fail'],
  detectionScriptErrorDeviceCount: ['detectionState', 'scriptError'],
  detectionScriptPendingDeviceCount: ['detectionState', 'pending'],
  detectionScriptNotApplicableDeviceCount: ['detectionState', 'notApplicable'],
  issueRemediatedDeviceCount: ['remediationState', 'success'],
  remediationSkippedDeviceCount: ['remediationState', 'skipped'],
  issueReoccurredDeviceCount: ['remediationState', 'remediationFailed'],
  remediationScriptErrorDeviceCount: ['remediationState', 'scriptError'],
};

/** A result whose time is told from today. */
const result = fc.record({
  detectionState: fc.constantFrom(...DETECTION),
  remediationState: fc.constantFrom(...REMEDIATION),
  daysAgo: fc.constantFrom(0, 0, 1, 2, 28, 29, 30, 31, 60, -1),
  hour: fc.integer({ min: 0, max: 3 }),
});
export const pick = fc.nat(9);
const device = fc.option(fc.nat(2), { nil: undefined });
/** One thing that a client does. */
export const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('create' as const), result, device }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('update' as const), result, pick, keepTime: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rebind' as const), pick, device }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('updateView' as const), result, pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('createView' as const), result, device: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeView' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('onDemand' as const), device: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeDevice' as const), device: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reportSummary' as const), amount: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deriveSummary' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 20 }) }) },
);
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
type ArbitraryResult = typeof result extends fc.Arbitrary<infer T> ? T : never;

/** One script, three devices, and the model of what happened to them. */
export class World {
  readonly model = new Model();
  readonly api: InProcessApi;
  readonly token: string;
  readonly tenantId: string;
  path = '';
  scriptId = '';
  devices: string[] = [];

  constructor(api: InProcessApi, tenantId: string, token: string) {
    this.api = api;
    this.tenantId = tenantId;
    this.token = token;
  }

  static async make(api: InProcessApi, fixture: ScriptFixture): Promise<World> {
    const tenantId = uuidV4();
    const world = new World(api, tenantId, await api.token({ tenantId, lifetimeSeconds: 1e9 }));
    world.scriptId = (await world.send(`POST ${fixture.root}`, 201, { displayName: 'x', detectionScriptContent: 'eA==' })).id;
    world.path = `${fixture.root}/${world.scriptId}`;
    for (let i = 0; i < 3; i++) world.devices.push(await world.newDevice());
    return world;
  }

  newDevice = async (): Promise<string> => (await this.send('POST deviceManagement/managedDevices', 201, {})).id;

  /** @param line method and path */
  async send(line: string, status: number, body?: object) {
    const [method, ...path] = line.split(' ');
    const options = { token: this.token, ...(body === undefined ? {} : { body }) };
    const answer = await this.api.request(method!, path.join(' '), options);
    expect([line, answer.status, answer.text]).toEqual([line, status, answer.text]);
    return answer.body;
  }

  get = (path: string) => this.send(`GET ${path}`, 200);

  state = (at: number): State | undefined => [...this.model.states.values()][at % (this.model.states.size || 1)];
  stateOn = (at: number): State | undefined => [...this.model.states.values()].find((state) => state.device === at);
  view = ({ device: at }: State): string =>
    `deviceManagement/managedDevices/${this.devices[at!]}/deviceHealthScriptStates/${this.scriptId}:${this.devices[at!]}`;

  result({ detectionState, remediationState, daysAgo, hour }: ArbitraryResult): Result {
    const midnight = Math.floor(this.api.clock.now() / DAY) * DAY;
    return { detectionState, remediationState, time: midnight - daysAgo * DAY + hour * 3_600_000 };
  }

  /** A changed result in the model, and in its history. */
  write(state: State, next: Result): void {
    const before = state.reports.at(-1);
    report(state, next);
    const after = state.reports.at(-1);
    if (before !== undefined && (after === undefined || dayOf(after.time) <= dayOf(before.time))) this.model.add(before, -1);
    this.model.add(after, 1);
  }

  created(id: string, next: Result, at: number | undefined): void {
    const state: State = { id, device: at, now: next, reports: isReport(next) ? [next] : [] };
    this.model.states.set(id, state);
    this.model.add(state.reports[0], 1);
  }

  removed(state: State): void {
    this.model.states.delete(state.id);
    this.model.add(state.reports.at(-1), -1);
  }

  bind = (at: number | undefined): object => ({
    'managedDevice@odata.bind': at === undefined ? null : `deviceManagement/managedDevices/${this.devices[at]}`,
  });

  async play(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case 'wait':
        this.api.clock.advance(operation.days * DAY);
        return;
      case 'create': {
        const next = this.result(operation.result);
        const taken = operation.device !== undefined && this.stateOn(operation.device) !== undefined;
        const body = { ...bodyOf(next), ...(operation.device === undefined ? {} : this.bind(operation.device)) };
        const { id } = await this.send(`POST ${this.path}/deviceRunStates`, taken ? 409 : 201, body);
        if (!taken) this.created(id, next, operation.device);
        return;
      }
      case 'createView': {
        const next = this.result(operation.result);
        const taken = this.stateOn(operation.device) !== undefined;
        const views = `deviceManagement/managedDevices/${this.devices[operation.device]}/deviceHealthScriptStates`;
        await this.send(`POST ${views}`, taken ? 409 : 201, { policyId: this.scriptId, ...bodyOf(next) });
        if (!taken) this.created(await this.newestId(), next, operation.device);
        return;
      }
      case 'onDemand': {
        const on = `deviceManagement/managedDevices/${this.devices[operation.device]}/initiateOnDemandProactiveRemediation`;
        await this.send(`POST ${on}`, 204, { scriptPolicyId: this.scriptId });
        const known = this.stateOn(operation.device);
        if (known !== undefined) this.write(known, { ...known.now, detectionState: 'pending' });
        else
          this.created(
            await this.newestId(),
            { detectionState: 'pending', remediationState: 'unknown', time: this.api.clock.now() },
            operation.device,
          );
        return;
      }
      case 'removeDevice': {
        await this.send(`DELETE deviceManagement/managedDevices/${this.devices[operation.device]}`, 204);
        const state = this.stateOn(operation.device);
        if (state !== undefined) {
          state.device = undefined;
          this.write(state, state.now);
        }
        this.devices[operation.device] = await this.newDevice();
        return;
      }
      case 'reportSummary':
        await this.send(`PATCH ${this.path}/runSummary`, 200, { noIssueDetectedDeviceCount: operation.amount });
        this.model.reported = {
          ...(this.model.reported ?? {
            ...Object.fromEntries(Object.keys(COLUMNS).map((column) => [column, this.model.derived(column)])),
            issueRemediatedCumulativeDeviceCount: this.model.cumulative(this.api.clock.now()),
          }),
          noIssueDetectedDeviceCount: operation.amount,
        };
        return;
      case 'deriveSummary':
        await this.send(`DELETE ${this.path}/runSummary`, 204);
        this.model.reported = undefined;
        return;
      default:
        await this.playOnState(operation);
    }
  }

  async playOnState(operation: Extract<Operation, { pick: number }>): Promise<void> {
    const state = this.state(operation.pick);
    if (state === undefined) return;
    const path = `${this.path}/deviceRunStates/${state.id}`;
    if (operation.kind === 'update') {
      const asked = this.result(operation.result);
      const next = operation.keepTime ? { ...asked, time: state.now.time } : asked;
      const { lastStateUpdateDateTime, ...body } = bodyOf(next);
      await this.send(`PATCH ${path}`, 200, operation.keepTime ? body : { ...body, lastStateUpdateDateTime });
      this.write(state, next);
    } else if (operation.kind === 'rebind') {
      const other = operation.device === undefined ? undefined : this.stateOn(operation.device);
      const taken = other !== undefined && other !== state;
      await this.send(`PATCH ${path}`, taken ? 409 : 200, this.bind(operation.device));
      if (taken) return;
      state.device = operation.device;
      this.write(state, state.now);
    } else if (operation.kind === 'remove') {
      await this.send(`DELETE ${path}`, 204);
      this.removed(state);
    } else if (state.device !== undefined) {
      const next = operation.kind === 'updateView' ? this.result(operation.result) : undefined;
      if (next === undefined) {
        await this.send(`DELETE ${this.view(state)}`, 204);
        this.removed(state);
      } else {
        await this.send(`PATCH ${this.view(state)}`, 200, bodyOf(next));
        this.write(state, next);
      }
    }
  }

  /** The id of the state that the model does not know yet. */
  async newestId(): Promise<string> {
    const { value } = await this.get(`${this.path}/deviceRunStates`);
    const fresh = value.filter(({ id }: { id: string }) => !this.model.states.has(id));
    expect(fresh).toHaveLength(1);
    return fresh[0].id;
  }

  /** Everything that a client can read is what the model says, and the doctor finds nothing. */
  async compare(): Promise<void> {
    const { model } = this;
    const now = this.api.clock.now();
    const expected = {
      ...Object.fromEntries(Object.keys(COLUMNS).map((column) => [column, model.count(column)])),
      issueRemediatedCumulativeDeviceCount: model.reported?.issueRemediatedCumulativeDeviceCount ?? model.cumulative(now),
    };
    const summary = await this.get(`${this.path}/runSummary`);
    expect(summary).toMatchObject(expected);
    const expanded = await this.get(`${this.path}?$expand=runSummary($select=issueRemediatedCumulativeDeviceCount)`);
    expect(expanded.runSummary.issueRemediatedCumulativeDeviceCount).toBe(expected.issueRemediatedCumulativeDeviceCount);
    if (model.reported === undefined) {
      const times = [...model.states.values()].map((state) => state.now.time);
      expect(summary.lastScriptRunDateTime && Date.parse(summary.lastScriptRunDateTime)).toBe(
        times.length === 0 ? null : Math.max(...times),
      );
    }
    const first = dayOf(now - 29 * DAY);
    const days = [...model.history].filter(
      ([day, counts]) => day >= first && day <= dayOf(now) && Object.values(counts).some((n) => n !== 0),
    );
    const history = await this.get(`${this.path}/getRemediationHistory`);
    expect(history.historyData.map(({ '@odata.type': _, ...day }: Record<string, unknown>) => day)).toEqual(
      days
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([date, { remediated, noIssue, failed }]) => ({
          date,
          remediatedDeviceCount: remediated,
          noIssueDeviceCount: noIssue,
          detectFailedDeviceCount: failed,
        })),
    );
    for (const [at, id] of this.devices.entries()) {
      const state = this.stateOn(at);
      const { value } = await this.get(`deviceManagement/managedDevices/${id}/deviceHealthScriptStates`);
      expect(value).toHaveLength(state === undefined ? 0 : 1);
      if (state !== undefined) {
        const { detectionState, remediationState, time } = state.now;
        expect(value[0]).toMatchObject({ detectionState, remediationState, policyId: this.scriptId, deviceId: id });
        expect(Date.parse(value[0].lastStateUpdateDateTime)).toBe(time);
      }
    }
    expect((await this.get('deviceManagement/deviceHealthScripts/getRemediationSummary')).remediatedDeviceCount).toBe(
      model.count('issueRemediatedDeviceCount'),
    );
    await this.expectNoProblems();
  }

  async expectNoProblems(): Promise<void> {
    const problems = [];
    for await (const problem of checkTenant(this.api.store, this.tenantId)) problems.push(problem);
    expect(problems).toEqual([]);
  }
}

/** A result as a body. */
export const bodyOf = ({ detectionState, remediationState, time }: Result) => ({
  detectionState,
  remediationState,
  lastStateUpdateDateTime: new Date(time).toISOString(),
});

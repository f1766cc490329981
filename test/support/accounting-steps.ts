import {
  type Counts,
  type DeviceState,
  derivedId,
  deviceCounts,
  type Family,
  isSame,
  type Policy,
  summaryOf,
  type Tenant,
  type UserView,
  userStates,
} from './accounting-model.ts';
import { type Operation, type OperationOf, UPNS } from './accounting-operations.ts';
import { type OtherOperation, otherStep } from './accounting-other-steps.ts';
import { defined, MISSING, PROPERTIES, pathOf, pickOf, type Step, type World } from './accounting-step.ts';

/** What an operation asks of the server, and what the model says of it. Steps on run states are here, the rest in `accounting-other-steps.ts`. */

/** The number that picks a device that does not exist. */
const NO_DEVICE = 11;

interface Place {
  readonly world: World;
  readonly tenant: Tenant;
  readonly policy: Policy;
  /** How this request reaches the policy. */
  readonly path: string;
  readonly index: number;
}

type StateValues = OperationOf<'postState'>['values'];
type ReportValues = OperationOf<'postUser'>['values'];

/** The request of an operation, or undefined when there is nothing that it could be about. */
export function stepOf(world: World, operation: Operation): Step | undefined {
  if (operation.kind === 'wait' || operation.kind === 'check') return undefined;
  const tenant = world.tenants[operation.tenant]!;
  if (!('policy' in operation)) return otherStep(world, operation);
  const policy = pickOf(tenant.policies, operation.policy);
  if (policy === undefined) return undefined;
  const place = { world, tenant, policy, path: pathOf(policy, operation.by), index: operation.tenant };
  switch (operation.kind) {
    case 'postState':
      return createState(place, operation.values, undefined);
    case 'postStateUnder':
      return policy.family === 'hardware' ? undefined : createState(place, operation.values, userAt(place, operation.user));
    case 'patchState':
    case 'deleteState':
      return changeState(place, operation);
    case 'postUser':
      return createReport(place, operation.values);
    case 'patchUser':
      return changeUser(place, userAt(place, operation.user), operation.values);
    case 'deleteUser':
      return deleteUser(place, userAt(place, operation.user));
    case 'patchSummary':
      return changeSummary(place, operation.values);
    case 'deleteSummary':
      return {
        tenant: place.index,
        method: 'DELETE',
        path: `${place.path}/runSummary`,
        status: 204,
        settle: () => setSummary(policy, undefined),
      };
    default:
      return otherStep(world, operation satisfies OtherOperation);
  }
}

/** The device that a state is bound to: an id (also of none that exists), null to unbind, undefined to say nothing. */
function deviceOf({ tenant, policy }: Place, { device }: StateValues): string | null | undefined {
  if (policy.family === 'hardware') return undefined;
  if (device === undefined || device === null) return device;
  return device === NO_DEVICE ? MISSING : (pickOf([...tenant.devices.keys()], device) ?? MISSING);
}

function stateBody(place: Place, values: StateValues): Record<string, unknown> {
  const { family } = place.policy;
  const device = deviceOf(place, values);
  return defined({
    [PROPERTIES[family].result]: values.result,
    lastStateUpdateDateTime: values.time,
    ...(family === 'hardware' ? { upn: values.upn, deviceName: values.deviceName } : {}),
    ...(device === undefined
      ? {}
      : { 'managedDevice@odata.bind': device && `https://any.example/beta/deviceManagement/managedDevices/${device}` }),
  });
}

/** What the model changes in a device state. */
function stateChanges(place: Place, values: StateValues): Partial<DeviceState> {
  const device = deviceOf(place, values);
  const own = place.policy.family === 'hardware' ? { upn: values.upn, deviceName: values.deviceName } : { device };
  return defined({ result: values.result, time: values.time, ...own });
}

/** A user state by id: one that is seen, or one that is not. */
interface UserAt {
  readonly id: string;
  readonly view: UserView | undefined;
}

function userAt({ tenant, policy }: Place, index: number): UserAt {
  const seen = userStates(tenant, policy);
  const named = UPNS.filter((upn) => upn !== null).map((upn) => derivedId(policy.id, upn));
  const id = pickOf([...seen, ...seen, ...named.map((id) => ({ id }))], index)!.id;
  return { id, view: seen.find((view) => view.id === id) };
}

function createState(place: Place, values: StateValues, under: UserAt | undefined): Step {
  const { policy, world, path } = place;
  const device = deviceOf(place, values);
  const parent = under === undefined ? path : `${path}/userRunStates/${under.id}`;
  const isForeign = typeof device === 'string' && under !== undefined && !isSame(place.tenant.devices.get(device)?.upn, under.view?.upn);
  const isWrong = device === MISSING || under?.view?.upn === null || isForeign;
  const status = under !== undefined && under.view === undefined ? 404 : isWrong ? 400 : 201;
  const fresh = {
    result: 'unknown',
    upn: under?.view?.upn ?? null,
    device: null,
    deviceName: null,
    internalVersion: 0,
    time: world.now(),
  } as const;
  return {
    tenant: place.index,
    ...{ method: 'POST', path: `${parent}/deviceRunStates`, body: stateBody(place, values), status },
    settle: ({ id }) => policy.states.push({ ...fresh, ...stateChanges(place, values), id: id as string }),
  };
}

function changeState(place: Place, operation: OperationOf<'patchState' | 'deleteState'>): Step | undefined {
  const { policy } = place;
  const id = pickOf([...policy.states.map((state) => state.id), ...policy.gone], operation.state);
  if (id === undefined) return undefined;
  const state = policy.states.find((known) => known.id === id);
  const step = { tenant: place.index, path: `${place.path}/deviceRunStates/${id}` };
  if (operation.kind === 'deleteState') {
    const settle = (): void => {
      policy.states = policy.states.filter((known) => known !== state);
      policy.gone.push(id);
    };
    return { ...step, method: 'DELETE', status: state === undefined ? 404 : 204, settle };
  }
  const changes = stateChanges(place, operation.values);
  const settle = (): void => {
    // A state that loses its device is nobody's, as if the device itself had gone.
    if (changes.device === null && state!.device !== null) state!.upn = null;
    Object.assign(state!, changes);
  };
  const found = changes.device === MISSING ? 400 : 200;
  return { ...step, method: 'PATCH', body: stateBody(place, operation.values), status: state === undefined ? 404 : found, settle };
}

function reportedCounts(family: Family, { success, error, pending }: ReportValues): Counts {
  const counts = {
    [PROPERTIES[family].success]: success,
    errorDeviceCount: error,
    ...(family === 'hardware' ? { pendingDeviceCount: pending } : {}),
  };
  return defined(counts) as Counts;
}

const reportBody = (family: Family, values: ReportValues): Record<string, unknown> =>
  defined({
    [PROPERTIES[family].user]: values.upn,
    ...(family === 'hardware' ? { lastStateUpdateDateTime: values.time } : {}),
    ...reportedCounts(family, values),
  });

function createReport({ policy, path, world, index }: Place, values: ReportValues): Step {
  const { family } = policy;
  const zeros = Object.fromEntries(deviceCounts(family).map((name) => [name, 0]));
  const counts = { ...zeros, ...reportedCounts(family, values) };
  return {
    ...{ tenant: index, method: 'POST', path: `${path}/userRunStates`, body: reportBody(family, values), status: 201 },
    settle: ({ id }) => policy.reports.push({ id: id as string, upn: values.upn ?? null, counts, time: values.time ?? world.now() }),
  };
}

function changeUser({ policy, path, index }: Place, { id, view }: UserAt, values: ReportValues): Step {
  const step = {
    tenant: index,
    method: 'PATCH',
    path: `${path}/userRunStates/${id}`,
    body: reportBody(policy.family, values),
  } as const;
  if (view === undefined) return { ...step, status: 404 };
  const isNamed = view.upn !== null && view.id === derivedId(policy.id, view.upn);
  if (isNamed && values.upn !== undefined && !isSame(values.upn, view.upn)) return { ...step, status: 400 };
  const settle = (): void => {
    const { derived: _, ...before } = view;
    const counts = { ...before.counts, ...reportedCounts(policy.family, values) };
    const after = { ...before, ...defined({ upn: values.upn, time: values.time }), counts };
    policy.reports = [...policy.reports.filter((report) => report.id !== id), after];
  };
  return { ...step, status: 200, settle };
}

function deleteUser({ policy, path, index }: Place, { id, view }: UserAt): Step {
  const settle = (): void => {
    policy.reports = policy.reports.filter((report) => report.id !== id);
  };
  const status = view === undefined ? 404 : view.derived ? 409 : 204;
  return { tenant: index, method: 'DELETE', path: `${path}/userRunStates/${id}`, status, settle };
}

function setSummary(policy: Policy, summary: Policy['summary']): void {
  policy.summary = summary;
}

function changeSummary({ tenant, policy, path, index }: Place, { success, users }: OperationOf<'patchSummary'>['values']): Step {
  const body = defined({ [PROPERTIES[policy.family].success]: success, errorUserCount: users });
  const { counts, time } = summaryOf(tenant, policy);
  const settle = (): void => setSummary(policy, { counts: { ...counts, ...(body as Counts) }, time });
  return { tenant: index, method: 'PATCH', path: `${path}/runSummary`, body, status: 200, settle };
}

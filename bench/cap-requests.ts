import { LARGE_POLICY, type Work, type WorkName, type WorkRequest, works } from './works.ts';

/** The requests of works in the words of the OData service in `bench/cap/model.cds`. */

const STATES = '/cap/DeviceRunStates';
const FAILED = `$filter=configuration_id%20eq%20${LARGE_POLICY}%20and%20configurationState%20eq%20'fail'`;
const ID_LENGTH = 36;

const inPolicy = (body: object): object => ({ ...body, configuration_id: LARGE_POLICY });

interface BatchBody {
  readonly requests: readonly { readonly body: object }[];
}

/** The same requests, each translated. */
const translated = (work: WorkName, translate: (request: WorkRequest) => WorkRequest): Work => ({
  ...works[work],
  requests: (rows) => works[work].requests(rows).map(translate),
});

export const capWorks: Partial<Record<WorkName, Work>> = {
  W1: translated('W1', ({ body }) => ({ path: STATES, body: inPolicy(body!) })),
  W2: translated('W2', ({ body }) => {
    const requests = (body as BatchBody).requests.map((one) => ({ ...one, url: '/DeviceRunStates', body: inPolicy(one.body) }));
    return { path: '/cap/$batch', body: { requests } };
  }),
  R1: translated('R1', ({ path }) => ({ path: `${STATES}(${path.slice(-ID_LENGTH)})` })),
  R2: translated('R2', () => ({ path: `${STATES}?${FAILED}&$orderby=lastStateUpdateDateTime%20desc&$top=100` })),
  R3: translated('R3', () => ({ path: `${STATES}/$count?${FAILED}` })),
};

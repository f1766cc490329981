import { action } from '../edm/declare.ts';
import { assignmentFilterEvaluateRequest, assignmentFilterStatusDetails } from './assignment-filter.ts';
import { deviceManagement } from './device-management.ts';

/** What can be asked of filters and devices together. */

export const evaluateAssignmentFilter = action('evaluateAssignmentFilter', {
  binding: deviceManagement,
  parameters: { data: { type: assignmentFilterEvaluateRequest } },
  returns: { type: 'Edm.Stream', nullable: true },
});

export const getAssignmentFiltersStatusDetails = action('getAssignmentFiltersStatusDetails', {
  binding: deviceManagement,
  parameters: {
    managedDeviceId: { type: 'Edm.String', nullable: true },
    payloadId: { type: 'Edm.String', nullable: true },
    userId: { type: 'Edm.String', nullable: true },
    assignmentFilterIds: { type: 'Edm.String', collection: true, nullable: true },
    top: { type: 'Edm.Int32', nullable: true },
    skip: { type: 'Edm.Int32', nullable: true },
  },
  returns: { type: assignmentFilterStatusDetails, nullable: true },
});

namespace bench;

entity HardwareConfigurations {
  key id              : UUID;
      displayName     : String;
      deviceRunStates : Composition of many DeviceRunStates
                          on deviceRunStates.configuration = $self;
}

entity DeviceRunStates {
  key id                      : UUID;
      configuration           : Association to HardwareConfigurations;
      deviceName              : String;
      osVersion               : String;
      upn                     : String;
      internalVersion         : Integer;
      lastStateUpdateDateTime : Timestamp;
      configurationState      : String enum { unknown; success; fail; scriptError; pending; notApplicable; };
      configurationOutput     : LargeString;
      configurationError      : String;
      assignmentFilterIds     : String;
}

@path: '/cap'
service Bench {
  entity HardwareConfigurations as projection on bench.HardwareConfigurations;
  entity DeviceRunStates        as projection on bench.DeviceRunStates;
}

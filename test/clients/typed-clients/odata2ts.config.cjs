/** What odata2ts cannot read from `$metadata`: it does not look at `Org.OData.Core.V1.Computed`. */
const managed = ['createdDateTime', 'lastModifiedDateTime', 'version'].map((name) => ({ name, managed: true }));

module.exports = {
  services: {
    muster: {
      source: 'metadata.xml',
      output: 'odata',
      serviceName: 'Muster',
      mode: 2,
      emitMode: 'ts',
      tsconfig: 'tsconfig.odata.json',
      propertiesByName: managed,
    },
  },
};

// odata2ts asks the package `typescript` for the names of its enumerations, which TypeScript 7 no longer offers to JavaScript. It is
// given those of the TypeScript that it generates with.
const Module = require('node:module');
const { createRequire } = Module;

const fromGenerator = createRequire(require.resolve('@odata2ts/odata2ts/lib/app.js'));
const place = fromGenerator.resolve('typescript');
const older = new Module(place);
older.exports = createRequire(fromGenerator.resolve('ts-morph'))('@ts-morph/common').ts;
older.loaded = true;
Module._cache[place] = older;

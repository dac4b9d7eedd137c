'use strict';
// The native part of Lanewise's Metal backend. index.d.ts says what is in it; `lanewise` loads it on its own.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- Node loads .node files with require alone
module.exports = { addon: require('./metal.node'), ...require('./self-check.cjs') };

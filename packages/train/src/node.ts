// What needs Node: files and the terminal.
export * from './index.js';
export { folderStore } from './node/folder-store.js';
export { jsonlMetrics, tensorboardMetrics, terminal } from './node/metrics.js';
export { exportHf, type ExportOptions } from './export/hf.js';
export { saveAdapter, type AdapterSaving } from './lora/save.js';
export { stopOnSignals, type Stoppable } from './node/signals.js';

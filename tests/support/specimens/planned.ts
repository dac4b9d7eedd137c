export const planned = {};

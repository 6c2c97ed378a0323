/** Milliseconds on a clock that all processes of a machine share (on Linux and macOS). */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Path of the emulator's jar; undefined where no Google SDK has it. */
export function findEmulator(): string | undefined;

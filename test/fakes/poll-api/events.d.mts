export function entityChange(n: number, changes?: Record<string, unknown>): string;
export function platformEvent(name: string, payload: string, time?: number): string;

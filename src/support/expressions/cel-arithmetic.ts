interface Operators {
  registerOperator(signature: string, handler: (a: number, b: number) => number): unknown;
}

/** JSON does not tell whole numbers from others, so `event.data.count + 1` must work for 2 and for 2.5. */
export function registerArithmetic(env: Operators): void {
  const operators: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [sign, calculate] of Object.entries(operators)) {
    const mixed = (a: number | bigint, b: number | bigint) => calculate(Number(a), Number(b));
    env.registerOperator(`double ${sign} int: double`, mixed);
    env.registerOperator(`int ${sign} double: double`, mixed);
    if (sign === '%') env.registerOperator('double % double: double', calculate);
  }
}

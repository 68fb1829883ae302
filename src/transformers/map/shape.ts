import type { ConfigProblem } from '../../contract/define.ts';
import type { Event } from '../../contract/event.ts';
import { checkCel, compileCel } from '../../support/expressions/cel.ts';
import { objectOf } from '../../support/expressions/template.ts';

/** A JSON value whose texts are expressions, made into a function. An empty optional leaves its key out. */
export function compileShape(shape: unknown): (event: Event) => unknown {
  if (typeof shape === 'string') return compileCel(shape);
  if (typeof shape !== 'object' || shape === null) return () => shape;
  if (Array.isArray(shape)) {
    const elements = shape.map(compileShape);
    return (event) => elements.map((element) => element(event) ?? null);
  }
  const members = Object.entries(shape).map(([key, value]) => [key, compileShape(value)] as const);
  return (event) => objectOf(members, event);
}

export function shapeProblems(shape: unknown, path: readonly (string | number)[]): ConfigProblem[] {
  if (typeof shape === 'string') {
    const problem = checkCel(shape);
    if (problem === undefined) return [];
    const { message, at } = problem;
    return [{ path, message, at, fix: 'a fixed text stands in quotes of its own: \'"text"\'' }];
  }
  if (typeof shape !== 'object' || shape === null) return [];
  if (Array.isArray(shape))
    return shape.flatMap((element, index) => shapeProblems(element, [...path, index]));
  return Object.entries(shape).flatMap(([key, value]) => shapeProblems(value, [...path, key]));
}

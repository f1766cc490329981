import type { KeyValue, PathSegment, SyntaxExpression } from '../../odata/url/syntax.ts';

/**
 * Puts the values of parameter aliases into the keys and parameters of a path (URL Conventions §5.3): keys that hold what a path
 * cannot, such as a slash, are written this way. An alias without a literal value stays, and is refused where it is looked at.
 */
export function bindAliases(segments: readonly PathSegment[], aliases: ReadonlyMap<string, SyntaxExpression>): readonly PathSegment[] {
  const bound = (value: KeyValue): KeyValue => {
    const given = value.kind === 'alias' ? aliases.get(value.name) : value;
    return given?.kind === 'literal' ? given : value;
  };
  return segments.map((segment) => {
    if (segment.kind !== 'name' || segment.arguments === undefined) return segment;
    const given = segment.arguments;
    return {
      ...segment,
      arguments:
        given.kind === 'single'
          ? { ...given, value: bound(given.value) }
          : { ...given, values: given.values.map((named) => ({ ...named, value: bound(named.value) })) },
    };
  });
}

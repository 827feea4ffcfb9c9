import { gzipSync } from 'node:zlib';
import {
  Label,
  Line,
  Location,
  Profile as Pprof,
  Function as PprofFunction,
  Sample,
  StringTable,
  ValueType,
} from 'pprof-format';
import type { Frame, Profile } from '../profile-format.ts';

/** As Go's heap profiles have them, so that `go tool pprof` knows which to add up and which to compare. */
const VALUES = [
  ['alloc_objects', 'count'],
  ['alloc_space', 'bytes'],
  ['inuse_objects', 'count'],
  ['inuse_space', 'bytes'],
] as const;

/** `profile.pb.gz`: all stacks, with what was allocated and what was reachable at the peak. */
export function encodePprof(profile: Profile): Uint8Array {
  const strings = new StringTable();
  const text = (of: string): number => strings.dedup(of);
  const valueType = ([type, unit]: readonly [string, string]): ValueType =>
    new ValueType({ type: text(type), unit: text(unit) });
  const { locations, functions, locate } = locator(text);
  // pprof adds up by names, and the anonymous functions of a file are not one.
  const frames = profile.frames.map((frame) =>
    locate(
      frame.name === '(anonymous)' ? { ...frame, name: `${frame.name}:${frame.line}` } : frame,
    ),
  );
  // What has no frame shows by what it was allocated with, and not as a sample that pprof leaves out.
  const apis = new Map<string, number>();
  const apiOf = (name: string): number => {
    const id = apis.get(name) ?? locate({ name, file: '', line: 0, column: 0 });
    apis.set(name, id);
    return id;
  };
  const sample = profile.stacks.map(
    (stack) =>
      new Sample({
        locationId:
          stack.frames.length === 0
            ? [apiOf(stack.api)]
            : stack.frames.map((index) => frames[index] as number),
        value: [stack.allocations, stack.bytes, stack.peakAllocations, stack.peakBytes],
        label: [
          new Label({ key: text('api'), str: text(stack.api) }),
          ...(stack.site === null ? [] : [new Label({ key: text('site'), num: stack.site })]),
        ],
      }),
  );
  const encoded = new Pprof({
    sampleType: VALUES.map(valueType),
    sample,
    location: locations,
    function: functions,
    stringTable: strings,
    timeNanos: BigInt(Date.parse(profile.startedAt)) * 1_000_000n,
    durationNanos: BigInt(Math.round(profile.durationMs)) * 1_000_000n,
    periodType: valueType(['space', 'bytes']),
    period: profile.settings.interval,
    defaultSampleType: text('alloc_space'),
  }).encode();
  return gzipSync(encoded);
}

interface Locator {
  readonly locations: Location[];
  readonly functions: PprofFunction[];
  /** The number of a frame's location, from 1. */
  readonly locate: (frame: Pick<Frame, 'name' | 'file' | 'line' | 'column'>) => number;
}

function locator(text: (of: string) => number): Locator {
  const locations: Location[] = [];
  const functions: PprofFunction[] = [];
  const known = new Map<string, number>();
  const functionOf = (name: string, file: string): number => {
    const key = JSON.stringify([name, file]);
    const id = known.get(key) ?? functions.length + 1;
    if (id > functions.length) {
      functions.push(
        new PprofFunction({ id, name: text(name), systemName: text(name), filename: text(file) }),
      );
    }
    known.set(key, id);
    return id;
  };
  const locate: Locator['locate'] = ({ name, file, line, column }) => {
    const id = locations.length + 1;
    const at = new Line({ functionId: functionOf(name, file), line, column });
    locations.push(new Location({ id, line: [at] }));
    return id;
  };
  return { locations, functions, locate };
}

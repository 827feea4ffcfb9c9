import { mkdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { messageOf, UsageError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { GiB, KiB } from '../core/units.ts';
import type { ProcessEnd } from '../measure/child.ts';
import { openInBrowser } from '../measure/open-in-browser.ts';
import { buildProfile } from '../profile/outputs/build-profile.ts';
import { TRACES_FOLDER, writeProfile } from '../profile/outputs/profile-folder.ts';
import { drawProfile } from '../profile/page/draw-profile.ts';
import type { Profile } from '../profile/profile-format.ts';
import { findProgram } from '../profile/program/find-program.ts';
import { keepTraces } from '../profile/program/keep-traces.ts';
import { type ProgramRun, runProfiled } from '../profile/program/run-program.ts';
import { environmentFor, writePreload } from '../profile/recording/preload-file.ts';
import { NoTraces, type Recording, readTraces } from '../profile/trace/read-traces.ts';
import { createFolder, defaultFolder } from '../results/folder.ts';
import { announceProfile, showProfile } from '../terminal/show-profile.ts';
import { bytes, integer, notEmpty, shareOrOff, time } from './option-values.ts';

interface ProfileFlags {
  readonly out?: string;
  readonly interval: number;
  readonly rate: number;
  readonly looks: number;
  readonly every: number;
  readonly min: number;
  readonly duration?: number;
  readonly json?: true;
  readonly open?: true;
}

const DAY_MS = 24 * 3_600_000;

const EXIT_CODES = `
Exit codes:
  the program's own, or 128 and the number of the signal that ended it
  1    the program succeeded, and its profile could not be drawn
  2    bad input, or a command that is no Node program: nothing is left behind
`;

export function addProfileCommand(program: Command): void {
  const command = program
    .command('profile')
    .summary(
      'find out which call sites of a program allocate its buffers, and how long those are held',
    )
    .description(
      'Runs a command as it is, and finds out which call sites of its Node processes allocate buffers.',
    )
    .usage('[options] -- <command...>')
    .argument('<command...>', 'what to run, such as `node server.js` or `npm start`')
    .passThroughOptions()
    .addHelpText('after', EXIT_CODES)
    .action(profile);
  for (const option of options()) command.addOption(option);
}

function options(): Option[] {
  return [
    new Option(
      '--out <folder>',
      'folder for the profile, new or empty (default: results/<date-time>)',
    ).argParser(notEmpty),
    new Option('--interval <bytes>', 'mean bytes between two samples; 1 samples every allocation')
      .argParser(bytes(1, GiB, '1 to 1GiB'))
      .default(512 * KiB, '512KiB'),
    new Option('--rate <count>', 'samples a second, at most about: the interval grows beyond it')
      .argParser(integer(1, 100_000))
      .default(200),
    new Option(
      '--looks <share>',
      'share of the time for full collections, which tell what is still held; or `off`',
    )
      .argParser(shareOrOff(0.5))
      .default(0.02, '2%'),
    new Option('--every <time>', 'how often memory is read')
      .argParser(time(10, 60_000))
      .default(100, '100ms'),
    new Option('--min <bytes>', 'smaller allocations are counted, and not sampled')
      .argParser(bytes(0, GiB, '0 to 1GiB'))
      .default(4 * KiB, '4KiB'),
    new Option('--duration <time>', 'ends the program after so long').argParser(time(100, DAY_MS)),
    new Option('--json', "print the profile as JSON; the program's output goes to standard error"),
    new Option('--open', 'open the page in the browser'),
  ];
}

async function profile(command: string[], flags: ProfileFlags): Promise<void> {
  const { interval, rate, looks, every, min: minBytes } = flags;
  const [name = '', ...args] = command;
  const path = findProgram(name);
  const folder = flags.out ?? defaultFolder(new Date());
  const removeFolder = createFolder(folder);
  const traces = join(folder, TRACES_FOLDER);
  mkdirSync(traces);
  const preload = writePreload(traces, { interval, rate, looks, every, minBytes });
  announceProfile(command, folder);
  const program = {
    path,
    args,
    env: environmentFor(preload, process.env),
    traces,
    durationMs: flags.duration,
    outputToStderr: flags.json === true,
  };
  const { ended, recording } = await recorded(program, command).catch((error) => {
    if (error instanceof UsageError) {
      rmSync(traces, { recursive: true, force: true });
      removeFolder();
    }
    throw error;
  });
  keepTraces(traces);
  const exitCode = exitCodeOf(ended);
  try {
    const page = draw(folder, buildProfile(recording, { command, ended }), flags.json === true);
    if (flags.open) openInBrowser(page);
    process.exitCode = exitCode;
  } catch (error) {
    const why = printable(messageOf(error));
    process.stderr.write(
      `error: Could not draw the profile (${why}); its traces are in ${traces}\n`,
    );
    process.exitCode = exitCode || 1;
  }
}

/** Returns the path of the page. */
function draw(folder: string, profile: Profile, json: boolean): string {
  writeProfile(folder, profile);
  const page = drawProfile(folder, profile);
  showProfile(folder, profile, page, json);
  return page;
}

/** @throws UsageError if it cannot be run, or if nothing was traced */
async function recorded(
  program: ProgramRun,
  command: readonly string[],
): Promise<{ readonly ended: ProcessEnd; readonly recording: Recording }> {
  const ended = await runProfiled(program);
  try {
    return { ended, recording: readTraces(program.traces) };
  } catch (error) {
    if (!(error instanceof NoTraces)) throw error;
    throw new UsageError(
      `Expected a command that runs on Node, but ${whyNoTrace(command.join(' '), ended)}`,
    );
  }
}

/** A process that was ended while it started is none that runs on something else. */
function whyNoTrace(command: string, { signal }: ProcessEnd): string {
  return signal === null
    ? `\`${command}\` started no Node process (or only such as leave out NODE_OPTIONS, or may not write to the folder)`
    : `\`${command}\` was ended by ${signal} before it had started a Node process`;
}

function exitCodeOf({ exitCode, signal }: ProcessEnd): number {
  if (exitCode !== null) return exitCode;
  return 128 + (signal === null ? 0 : constants.signals[signal as NodeJS.Signals]);
}

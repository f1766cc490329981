import { drainRound } from '../test/support/drain-round.ts';

/** `node bench/drain.ts [rounds]`: stops a server under 64 busy clients again and again, and counts the requests that were reset. */
const rounds = Number(process.argv[2] ?? 50);
let reset = 0;
for (let round = 1; round <= rounds; round++) {
  const { answered, refused, reset: lost, code, milliseconds } = await drainRound();
  reset += lost.length;
  for (const what of new Set(lost)) process.stdout.write(`   ${lost.filter((each) => each === what).length} × ${what}\n`);
  process.stdout.write(
    `${round}: ${answered} answered, ${refused} refused, ${lost.length} reset, exit ${code} after ${Math.round(milliseconds)} ms\n`,
  );
}
process.stdout.write(`${reset} resets in ${rounds} rounds\n`);
process.exitCode = reset === 0 ? 0 : 1;

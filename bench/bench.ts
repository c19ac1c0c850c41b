// `npm run bench [-- NAME…]`: figures as ratios inside one run. No assertion is made here: machines differ.
import { readdirSync } from 'node:fs';

const NOT_A_BENCH = /^(bench|rig|forwarder|.*-peer)\.ts$|\.test\.ts$/;
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !NOT_A_BENCH.test(file))
  .map((file) => file.slice(0, -'.ts'.length));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`there is no bench \`${unknown}\`; there are ${names.map((name) => `\`${name}\``).join(', ')}`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : names) {
  console.log(`\n== ${name} ==`);
  await import(`./${name}.ts`);
}

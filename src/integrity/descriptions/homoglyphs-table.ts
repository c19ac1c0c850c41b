/**
 * Letters of other scripts that are drawn like Latin ones in common fonts (after Unicode TR 39, the subset that
 * NFKC leaves alone): foreign letter → Latin letter. Fullwidth and mathematical letters are folded by NFKC.
 */
const PAIRS =
  'аaвbсcԁdеeһhіiјjкkӏlмmоoрpԛqѕsтtυuѵvѡwԝwхxуyАAВBСCЕEНHІIЈJКKМMОOРPЅSТTХXУYҮY' +
  'αaβbεeιiκkνvοoρpτtυuχxωwΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX' +
  'ɑaɡgıiȷjɩiʀrꜱsʟlɴnᴀaᴄcᴅdᴇeᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwᴢz';

function read(pairs: string): ReadonlyMap<string, string> {
  const letters = [...pairs];
  const table = new Map<string, string>();
  for (let i = 0; i + 1 < letters.length; i += 2) table.set(letters[i] ?? '', letters[i + 1] ?? '');
  return table;
}

export const HOMOGLYPHS = read(PAIRS);

/**
 * Programs that turn their input into output or print a fact, and have no documented way to run another program
 * without one of the options this room knows (POSIX utilities, coreutils, compressors).
 */
export const FILTERS: ReadonlySet<string> = new Set(
  (
    'sort uniq wc cat tac head tail cut tr column fold fmt pr expand unexpand nl rev paste join comm numfmt od hexdump xxd ' +
    'base64 base32 gzip gunzip zcat bzip2 bunzip2 bzcat xz unxz xzcat zstd unzstd zstdcat lz4 lzop pigz unpigz pbzip2 lbzip2 ' +
    'md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum date hostname basename dirname grep egrep fgrep rg ' +
    'echo printf bat batcat jq yq tree ls file stat seq iconv uname true false : test [ sed awk gawk mawk tput less more ' +
    'highlight pygmentize delta diff-so-fancy colordiff lolcat glow'
  ).split(' '),
);

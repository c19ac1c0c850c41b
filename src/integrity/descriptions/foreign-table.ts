/**
 * What steers a model, in other languages than English: stems, read in lower-case text. Not a translation of the
 * grammar, only of what no honest description needs.
 */
export const FOREIGN_STEMS = {
  person:
    /benutzer|nutzer|anwender|utilisateur|usuari|usuário|utente|gebruiker|użytkownik|пользовател|用户|使用者|ユーザ|사용자|kullanıcı|المستخدم/,
  hush: /nicht[s]? (?:davon )?(?:sagen|mitteilen|erwähn|erzähl|verrat|anzeigen|informier|erfahren|wissen|merken)|(?:sag|sage|verrate|erzähle|teile|erwähne|zeige|informiere)\b.{0,40}\bnicht|(?:^|[\s,.])(?:ne|n'\S+) .{0,24}(?:pas|rien|jamais)\b|n'en (?:parle|parlez|dis|dites)|\bsans (?:le |la |en )?(?:dire|informer|prévenir|mentionner)|\bno (?:le |se lo |lo )?(?:digas?|menciones?|informes?|reveles?|cuentes?|avises?|muestres?)|\bsin (?:decir|informar|mencionar|avisar)|\bnão (?:diga|conte|mencion|inform|revel|avis|mostr)|\bsem (?:dizer|informar|avisar|mencionar)|\bnon (?:dir|menzion|inform|rivel|parl|mostr)|\bsenza (?:dir|inform|menzion)|niet (?:vertel|zeg|vermeld|meld)|не (?:говор|сообща|упомина|рассказыва|показыва|раскрыва)|(?:不要|不得|别|切勿|无需|不能|请勿|勿)(?:向|让|对)?(?:用户|他|她)?(?:告诉|通知|提及|告知|透露|显示|说明|知道)|(?:知らせ|言わ|伝え|教え|開示し|見せ|明かさ)(?:ない|ず)|(?:알리|말하|언급하|보여주|공개하)지|nie (?:mów|informuj|wspominaj|ujawniaj|pokazuj)|söyleme|bahsetme|bildirme/,
  talk: /gesprächs?verlauf|chatverlauf|unterhaltung|gespräch|historique|la conversation|conversación|historial|da conversa|histórico|conversazione|cronologia|переписк|истори\S+ (?:чата|разговора|диалога)|对话|聊天记录|会話|履歴|대화|rozmow|sohbet|systemprompt|prompt (?:système|del sistema|do sistema|di sistema)|系统提示|システムプロンプト|시스템 프롬프트|системн\S+ (?:промпт|подсказ)/,
  secret:
    /passw[oö]rt|kennwort|zugangsdaten|(?:privaten?|ssh-?|api-?)\s?schlüssel|mots? de passe|identifiants|clés? (?:privée|ssh|api)|contraseña|credencia|claves? (?:privada|ssh|api)|senhas?\b|chaves? (?:privada|ssh|api)|credenzial|chiav[ei] (?:privat|ssh|api)|парол|(?:приватн|закрыт|секретн)\S* ключ|уч[её]тн\S+ данн|密码|私钥|密钥|凭证|凭据|パスワード|秘密鍵|認証情報|비밀번호|개인 ?키|자격 ?증명|hasł|klucz\S* prywat|şifre|wachtwoord|\.ssh|\.env\b|id_rsa|credentials/,
  take: /\b(?:lies|lese|übergib|übergebe|sende|schicke|füge|hänge|lade|kopiere|rufe|gib|lis|lisez|lire|envoie|envoyez|envoyer|transmets|transmettez|appelle|appelez|ajoute|ajoutez|inclu\w+|fournis\w*|lee|lea|leer|envía|enviar|envíe|incluye|añade|añada|pasa|leia|ler|envie|inclua|adicione|leggi|leggere|invia|inviare|inviarle|includi|aggiungi|wyślij|prześlij|odczytaj|przekaż|lees|stuur|gönder|oku)(?=[\s,.:])|прочита|прочти|отправ|переда|добав|включи|вызови|读取|发送|传入|传递|包含|附加|上传|调用|填入|読み|送信|入れて|渡|含め|添付|呼び出|읽|보내|전달|포함|첨부|호출/,
  first:
    /\bbevor\b|\bvor (?:jede|alle)|\bavant (?:d'|de |toute?|chaque)|\bantes de\b|\bprima (?:di|devi)\b|прежде чем|перед (?:тем|кажд|люб|использ)|之前|必须先|首先|必ず最初|する前|前に|전에|먼저|\bprzed\b|\bönce\b/,
  rival:
    /ander(?:e[snrm]?) (?:werkzeug|tool)|autres? outils?|otras? herramientas?|outras? ferramentas?|altr[oi] strument|друг\S+ инструмент|其他工具|任何工具|他のツール|다른 (?:모든 )?도구|inn\S+ narzędzi/,
  overrule:
    /(?:ignorier|missacht|vergiss).{0,30}(?:anweisung|instruktion|vorgabe|regel)|ignor\w+ .{0,24}(?:instrucci|instruç|instruction|istruzion|indica|consigne|regl|règle)|忽略.{0,10}(?:指示|指令|说明|规则|提示|要求)|(?:指示|命令|ルール).{0,6}無視|지시.{0,8}무시|игнориру.{0,20}(?:инструкц|указан|правил)|zignoruj.{0,20}(?:instrukcj|polece)/,
} as const;

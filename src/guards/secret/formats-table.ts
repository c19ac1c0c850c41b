/**
 * Credential formats as their issuers document them: a fixed prefix (the anchor) and the form around it. A table.
 * `form` begins `back` characters before the anchor; it is matched there, not searched for.
 * Sources: the issuers' own documentation of key formats and prefixes, read as formats; no examples are kept here.
 */
export type SecretClass =
  'cloud' | 'code' | 'ai' | 'messaging' | 'payment' | 'platform' | 'private-key' | 'token' | 'password' | 'connection';

export interface SecretFormat {
  readonly name: string;
  readonly class: SecretClass;
  readonly anchors: readonly string[];
  readonly form: string;
  /** How far before the anchor the form may begin, at most, and of what that part is made. */
  readonly back?: number;
  readonly head?: Head;
}

export type Head = 'digits' | 'hex' | 'key';

const HEX = '[0-9a-f]';
const UUID = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;
const ALNUM = '[A-Za-z0-9]';
const WORD = '[A-Za-z0-9_-]';

function format(
  name: string,
  group: SecretClass,
  anchors: string,
  form: string,
  back?: number,
  head?: Head,
): SecretFormat {
  return {
    name,
    class: group,
    anchors: anchors.split(' '),
    form,
    ...(back === undefined ? {} : { back, head: head ?? 'key' }),
  };
}

export const SECRET_FORMATS: readonly SecretFormat[] = [
  format('AWS access key', 'cloud', 'AKIA ASIA ABIA ACCA', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}'),
  format('AWS Bedrock key', 'cloud', 'ABSK', 'ABSK[A-Za-z0-9+/]{100,160}={0,2}'),
  format('AWS MWS token', 'cloud', 'amzn.mws.', `amzn\\.mws\\.${UUID}`),
  format('Google API key', 'cloud', 'AIza', `AIza${WORD}{35}`),
  format('Google OAuth client secret', 'cloud', 'GOCSPX-', `GOCSPX-${WORD}{28}`),
  format('Google OAuth access token', 'cloud', 'ya29.', `ya29\\.${WORD}{30,1000}`),
  format('Google OAuth refresh token', 'cloud', '1//0', `1//0${WORD}{40,150}`),
  format(
    'Azure storage key',
    'cloud',
    'AccountKey= SharedAccessKey=',
    '(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,90}={0,2}',
  ),
  format('Azure client secret', 'cloud', 'Q~', '[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}', 4),
  format(
    'Azure platform key',
    'cloud',
    'JQQJ99 AzCa ACDb +ASt +ARm +AEh AZDO AzFu AzSe APIM',
    '(?:[A-Za-z0-9+/]{52}JQQJ99|(?:[A-Za-z0-9+/]{33}|[A-Za-z0-9+/]{42}|[A-Za-z0-9+/]{76})(?:AzCa|ACDb|\\+ASt|\\+ARm|\\+AEh|AZDO|AzFu|AzSe|APIM))[A-Za-z0-9+/]{4,40}={0,2}',
    76,
  ),
  format('Azure shared access signature', 'cloud', 'sig=', 'sig=[A-Za-z0-9%+/]{40,120}(?:%3D|=){1,2}'),
  format('Alibaba access key', 'cloud', 'LTAI', `LTAI${ALNUM}{12,26}`),
  format('Tencent secret id', 'cloud', 'AKID', `AKID${ALNUM}{13,40}`),
  format('Volcengine access key', 'cloud', 'AKLT', `AKLT[A-Za-z0-9_-]{36,60}`),
  format('Yandex key', 'cloud', 'AQVN YCA', `(?:AQVN${WORD}{35,38}|YCA[A-Za-z0-9_-]{35,38})`),
  format('Yandex IAM token', 'cloud', 't1.', `t1\\.[A-Z0-9a-z_-]{10,300}={0,2}\\.[A-Z0-9a-z_-]{86}={0,2}`),
  format('DigitalOcean token', 'cloud', 'dop_v1_ doo_v1_ dor_v1_ dot_v1_', `do[oprt]_v1_${HEX}{64}`),
  format('DigitalOcean Spaces key', 'cloud', 'DO00', 'DO00[A-Z0-9]{16}'),
  format(
    'Fly.io token',
    'cloud',
    'fo1_ fm1_ fm1r_ fm2_',
    '(?:fo1_[\\w-]{43}|fm(?:1r?|2)_[A-Za-z0-9+/]{100,1000}={0,3})',
  ),
  format('Cloudflare origin key', 'cloud', 'v1.0-', `v1\\.0-${HEX}{24}-${HEX}{146}`),
  format('Cloudflare token', 'cloud', 'cfut_ cfat_ cfk_', `cf(?:ut|at|k)_${WORD}{36,60}`),
  format('Databricks token', 'cloud', 'dapi', `dapi${HEX}{32}(?:-\\d)?`),
  format('Databricks OAuth secret', 'cloud', 'dose', `dose${HEX}{32}`),
  format('Supabase token', 'cloud', 'sbp_ sb_secret_', `(?:sbp_(?:v0_|oauth_)?${HEX}{40}|sb_secret_${WORD}{31,50})`),
  format('PlanetScale credential', 'cloud', 'pscale_', 'pscale_(?:tkn|pw|oauth|otkn)_[\\w=.-]{32,64}'),
  format('Neon API key', 'cloud', 'napi_', `napi_${ALNUM}{40,80}`),
  format('Netlify token', 'cloud', 'nfp_ nfo_ nfc_ nfu_ nfb_', `nf[pocub]_${ALNUM}{36,60}`),
  format('Vercel token', 'cloud', 'vcp_ vck_ vci_ vca_ vcr_', `vc[pkiar]_${ALNUM}{24,60}`),
  format('Render API key', 'cloud', 'rnd_', `rnd_${ALNUM}{28,36}`),
  format('Heroku key', 'cloud', 'HRKU-', `HRKU-(?:AA${WORD}{58}|${UUID})`),
  format('Pulumi token', 'cloud', 'pul-', `pul-${HEX}{40}`),
  format('Terraform Cloud token', 'cloud', '.atlasv1.', `${ALNUM}{14}\\.atlasv1\\.${WORD}{60,70}`, 14),
  format('Vault token', 'cloud', 'hvs. hvb. hvr.', 'hv[sbr]\\.[\\w-]{24,300}'),
  format('Doppler token', 'cloud', 'dp.', `dp\\.(?:pt|ct|sa|scim|audit|st(?:\\.[a-z0-9_-]{2,35})?)\\.${ALNUM}{40,44}`),
  format('Infracost key', 'cloud', 'ico-', `ico-${ALNUM}{32}`),
  format('Tailscale key', 'cloud', 'tskey-', `tskey-(?:[a-z]{2,10}-)?${ALNUM}{6,32}(?:-${ALNUM}{16,64})?`),
  format('Dynatrace token', 'cloud', 'dt0', 'dt0[a-z]\\d\\d\\.[A-Z2-7]{8,24}\\.[A-Z2-7]{64}'),
  format('1Password service token', 'cloud', 'ops_eyJ', 'ops_eyJ[A-Za-z0-9+/_-]{200,2000}={0,3}'),
  format(
    '1Password secret key',
    'cloud',
    'A3-',
    'A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}',
  ),
  format('Prefect token', 'cloud', 'pnu_ pnb_', 'pn[ub]_[a-z0-9A-Z]{36}'),

  format('GitHub token', 'code', 'ghp_ gho_ ghu_ ghs_ ghr_', `gh[pousr]_${ALNUM}{36,255}`),
  format('GitHub fine-grained token', 'code', 'github_pat_', 'github_pat_[A-Za-z0-9_]{60,255}'),
  format(
    'GitLab token',
    'code',
    'glpat- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct- glwt-',
    `gl(?:pat|dt|rtr?|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-${WORD}{20,300}(?:\\.[\\w.-]{9,60})?`,
  ),
  format('GitLab runner token', 'code', 'GR1348941', `GR1348941${WORD}{20}`),
  format('Atlassian token', 'code', 'ATATT3 ATCTT3 ATSTT3', 'AT[ACS]TT3[\\w=-]{100,400}'),
  format('Bitbucket app password', 'code', 'ATBB', `ATBB${ALNUM}{24,32}`),
  format('npm token', 'code', 'npm_', `npm_${ALNUM}{36}`),
  format('PyPI token', 'code', 'pypi-Ag', `pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)${WORD}{50,1000}`),
  format('RubyGems key', 'code', 'rubygems_', `rubygems_${HEX}{48}`),
  format('NuGet key', 'code', 'oy2', 'oy2[a-z0-9]{43}'),
  format('crates.io token', 'code', 'cio', `cio${ALNUM}{32}`),
  format('Clojars token', 'code', 'CLOJARS_', 'CLOJARS_[a-z0-9]{60}'),
  format('Docker token', 'code', 'dckr_pat_ dckr_oat_', `dckr_[po]at_${WORD}{27,40}`),
  format('Artifactory key', 'code', 'AKCp cmVmdGtu', `(?:AKCp${ALNUM}{69,80}|cmVmdGtu${ALNUM}{56})`),
  format('SonarQube token', 'code', 'sqp_ squ_ sqa_', `sq[pua]_${HEX}{40}`),
  format('Buildkite token', 'code', 'bkua_', `bkua_${HEX}{40}`),
  format('CircleCI token', 'code', 'CCIPAT_ CCIPRJ_', `CCIP(?:AT|RJ)_${ALNUM}{22}_${HEX}{40}`),
  format('Harness token', 'code', 'pat. sat.', `[ps]at\\.[A-Za-z0-9_-]{22}\\.${HEX}{24}\\.${ALNUM}{20}`),
  format('Sourcegraph token', 'code', 'sgp_', `sgp_(?:${HEX}{16}_|local_)?${HEX}{40}`),
  format('Postman key', 'code', 'PMAK-', `PMAK-${HEX}{24}-${HEX}{34}`),
  format('ReadMe key', 'code', 'rdme_', 'rdme_[a-z0-9]{70}'),
  format('Figma token', 'code', 'figd_ figo_ figu_ figor_', `fig(?:d|o|u|or)_${WORD}{40,60}`),
  format('Sentry token', 'code', 'sntrys_ sntryu_', `(?:sntrys_eyJ[A-Za-z0-9+/=_-]{80,500}|sntryu_${HEX}{64})`),

  format('OpenAI key', 'ai', 'sk-', `sk-(?:(?:proj|svcacct|admin|None|service)-)?${WORD}{20,250}`),
  format('Anthropic key', 'ai', 'sk-ant-', `sk-ant-[a-z]{2,5}\\d\\d-${WORD}{60,200}`),
  format('Groq key', 'ai', 'gsk_', `gsk_${ALNUM}{48,60}`),
  format('xAI key', 'ai', 'xai-', `xai-${ALNUM}{70,100}`),
  format('Replicate token', 'ai', 'r8_', `r8_${WORD}{37}`),
  format('Hugging Face token', 'ai', 'hf_ api_org_', '(?:hf|api_org)_[A-Za-z]{34}'),
  format('Perplexity key', 'ai', 'pplx-', `pplx-${ALNUM}{40,64}`),
  format('Fireworks key', 'ai', 'fw_', `fw_${ALNUM}{22,40}`),
  format('ElevenLabs key', 'ai', 'sk_', `sk_${HEX}{32,48}`),
  format('LangSmith key', 'ai', 'lsv2_ ls__', `(?:lsv2_(?:pt|sk)_${HEX}{32}_${HEX}{10}|ls__${HEX}{32})`),
  format('Pinecone key', 'ai', 'pcsk_', `pcsk_${ALNUM}{5,6}_${ALNUM}{50,70}`),
  format('Tavily key', 'ai', 'tvly-', `tvly-(?:dev-|prod-)?${ALNUM}{28,40}`),
  format('NVIDIA key', 'ai', 'nvapi-', `nvapi-${WORD}{60,80}`),
  format('Voyage key', 'ai', 'pa-', 'pa-[A-Za-z0-9_-]{43}'),

  format(
    'Slack token',
    'messaging',
    'xoxb- xoxp- xoxa- xoxo- xoxs- xoxr- xoxe- xoxe. xoxc- xoxd- xapp- xwfp-',
    '(?:xox[abposrcde][-.]|xapp-|xwfp-)(?:xox[bp]-)?[A-Za-z0-9%/+.-]{18,250}',
  ),
  format(
    'Slack webhook',
    'messaging',
    'hooks.slack.com/',
    'hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9/+]{30,80}',
  ),
  format(
    'Discord bot token',
    'messaging',
    'MT Mj Mz ND NT Nj Nz OD OT',
    '[MNO][A-Za-z0-9]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,38}',
  ),
  format(
    'Discord webhook',
    'messaging',
    'discord.com/api/webhooks/ discordapp.com/api/webhooks/',
    'discord(?:app)?\\.com/api/webhooks/\\d{17,20}/[\\w-]{60,80}',
  ),
  format('Telegram bot token', 'messaging', ':AA', '\\d{8,10}:AA[A-Za-z0-9_-]{32,33}', 10, 'digits'),
  format(
    'Teams webhook',
    'messaging',
    'webhook.office.com/',
    `webhook\\.office\\.com/webhookb2/${UUID}@${UUID}/IncomingWebhook/[a-z0-9]{32}/${UUID}`,
  ),
  format(
    'Zapier webhook',
    'messaging',
    'hooks.zapier.com/',
    'hooks\\.zapier\\.com/hooks/catch/\\d{4,12}/[A-Za-z0-9/]{5,40}',
  ),
  format(
    'Google Chat webhook',
    'messaging',
    'chat.googleapis.com/',
    'chat\\.googleapis\\.com/v1/spaces/[\\w-]{8,20}/messages\\?key=[\\w-]{39}&token=[\\w%-]{40,60}',
  ),
  format('Twilio key', 'messaging', 'SK', `SK${HEX}{32}`),
  format('SendGrid key', 'messaging', 'SG.', 'SG\\.[\\w-]{20,24}\\.[\\w-]{39,50}'),
  format('Mailgun key', 'messaging', 'key- pubkey-', `key-${HEX}{32}`),
  format('Mailchimp key', 'messaging', '-us', `${HEX}{32}-us\\d{1,2}`, 32, 'hex'),
  format('Brevo key', 'messaging', 'xkeysib- xsmtpsib-', `x(?:key|smtp)sib-${HEX}{64}-${ALNUM}{16}`),
  format('Resend key', 'messaging', 're_', 're_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,30}'),
  format('HubSpot token', 'messaging', 'pat-na1- pat-eu1- pat-na2- pat-ap1-', `pat-[a-z]{2}\\d-${UUID}`),
  format('Intercom token', 'messaging', 'dG9rO', 'dG9rO[A-Za-z0-9]{50,60}={0,2}'),
  format('Facebook token', 'messaging', 'EAA', 'EAA[MC]?[A-Za-z0-9]{60,300}'),
  format('Twitter bearer token', 'messaging', 'AAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAA[A-Za-z0-9%]{60,120}'),

  format(
    'Stripe key',
    'payment',
    'sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_',
    '[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,250}',
  ),
  format('Stripe webhook secret', 'payment', 'whsec_', 'whsec_[A-Za-z0-9+/]{32,64}={0,2}'),
  format(
    'Square token',
    'payment',
    'sq0 EAAA',
    `(?:sq0(?:atp-${WORD}{22}|csp-${WORD}{43}|idp-${WORD}{22})|EAAA[a-zA-Z0-9_-]{60})`,
  ),
  format(
    'Braintree token',
    'payment',
    'access_token$',
    `access_token\\$(?:production|sandbox)\\$[0-9a-z]{16}\\$${HEX}{32}`,
  ),
  format(
    'Plaid token',
    'payment',
    'access-sandbox- access-development- access-production-',
    `access-(?:sandbox|development|production)-${UUID}`,
  ),
  format('Razorpay key', 'payment', 'rzp_live_ rzp_test_', `rzp_(?:live|test)_${ALNUM}{14}`),
  format('Flutterwave key', 'payment', 'FLWSECK', `FLWSECK(?:_TEST)?-${ALNUM}{12,40}(?:-X)?`),
  format('Shopify token', 'payment', 'shpat_ shpss_ shpca_ shppa_ shptka_', 'shp(?:at|ss|ca|pa|tka)_[0-9a-fA-F]{32}'),
  format(
    'Adyen key',
    'payment',
    'AQE',
    'AQE[A-Za-z0-9+/]{50,250}={0,2}-[A-Za-z0-9+/=]{30,60}-[\\w!#$%&()*+,./:;<=>?@\\[\\]^{|}~-]{10,40}',
  ),
  format('Duffel token', 'payment', 'duffel_', `duffel_(?:test|live)_${WORD}{43}`),
  format('EasyPost key', 'payment', 'EZAK EZTK', `EZ[AT]K${ALNUM}{54}`),
  format('Shippo token', 'payment', 'shippo_', `shippo_(?:live|test)_${HEX}{40}`),
  format('Lob key', 'payment', 'live_ test_', `(?:live|test)_(?:pub_)?${HEX}{31,35}`),
  format('Coinbase key', 'payment', 'organizations/', `organizations/${UUID}/apiKeys/${UUID}`),

  format('Airtable token', 'platform', 'pat', `pat${ALNUM}{14}\\.${HEX}{64}`),
  format('Notion token', 'platform', 'secret_ ntn_', `(?:secret_${ALNUM}{43}|ntn_${ALNUM}{40,60})`),
  format('Linear key', 'platform', 'lin_api_ lin_oauth_', `lin_(?:api|oauth)_${ALNUM}{40,64}`),
  format('Asana token', 'platform', '0/ 1/ 2/', `[012]/\\d{10,20}(?:/\\d{10,20})?:${HEX}{32}`),
  format(
    'New Relic key',
    'platform',
    'NRAK- NRAA- NRRA- NRBR- NRJS- NRII- NRIQ- NRSP-',
    'NR(?:AK|AA|RA|BR|JS|II|IQ|SP)-[A-Za-z0-9_-]{19,64}',
  ),
  format(
    'Grafana token',
    'platform',
    'glsa_ glc_',
    `(?:glsa_${ALNUM}{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3})`,
  ),
  format('Grafana API key', 'platform', 'eyJrIjoi', 'eyJrIjoi[A-Za-z0-9+/]{60,400}={0,3}'),
  format('Honeycomb key', 'platform', 'hcaik_ hcalk_ hcamk_ hcxik_ hcxlk_', 'hc[abcx][ilm]k_[A-Za-z0-9]{40,64}'),
  format('LaunchDarkly key', 'platform', 'sdk- api- mob-', `(?:sdk|api|mob)-${UUID}`),
  format('Typeform token', 'platform', 'tfp_', 'tfp_[\\w.=-]{40,70}'),
  format('Contentful token', 'platform', 'CFPAT-', `CFPAT-${WORD}{43}`),
  format('Dropbox token', 'platform', 'sl.', 'sl\\.(?:u\\.)?[\\w=-]{120,200}'),
  format('Mapbox secret token', 'platform', 'sk.eyJ', 'sk\\.eyJ[\\w-]{20,200}\\.[\\w-]{20,40}'),
  format('Frame.io token', 'platform', 'fio-u-', 'fio-u-[\\w=-]{64}'),
  format('Adafruit key', 'platform', 'aio_', `aio_${ALNUM}{28}`),
  format('PostHog key', 'platform', 'phx_ phs_', `ph[xs]_${ALNUM}{40,60}`),
  format('RapidAPI key', 'platform', 'msh', `${ALNUM}{10}msh${ALNUM}{15}p1${ALNUM}{5}jsn${ALNUM}{12}`, 10),
  format('SettleMint token', 'platform', 'sm_', 'sm_(?:pat|aat|sat)_[A-Za-z0-9]{16,40}'),
  format('Apify token', 'platform', 'apify_api_', `apify_api_${ALNUM}{30,40}`),
  format(
    'Web3 endpoint key',
    'platform',
    'infura.io/v3/ alchemy.com/v2/ infura.io/ws/v3/',
    `(?:infura\\.io/(?:ws/)?v3/${HEX}{32}|alchemy\\.com/v2/${WORD}{32})`,
  ),
  format('Okta token', 'platform', 'SSWS ', 'SSWS 00[\\w-]{40}'),
  format('Age secret key', 'private-key', 'AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'),
  format('PuTTY key', 'private-key', 'PuTTY-User-Key-File-', 'PuTTY-User-Key-File-\\d: [\\w-]{3,40}'),
  format(
    'Bearer credential in a URL',
    'connection',
    '://',
    '://[^\\s/?#:@"\'<>`]{0,100}:[^\\s/?#:@"\'<>`]{3,200}@[A-Za-z0-9\\[]',
  ),
  format(
    'JSON web token',
    'token',
    'eyJ',
    'eyJ[A-Za-z0-9_-]{8,2000}\\.eyJ[A-Za-z0-9_-]{8,8000}\\.[A-Za-z0-9_-]{16,1500}',
  ),
];

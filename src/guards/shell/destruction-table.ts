import { shape, type OptionShape } from './options.ts';

/**
 * Commands that destroy, overwrite or revoke what is not easily brought back, from each program's own documentation.
 *
 * One line is one form: words are subcommands in order (`|` separates alternatives), words that begin with `-` or `+`
 * are options of which one alternative must be present. `*` stands for any word.
 */
export interface Destroyer {
  readonly takes: OptionShape;
  readonly forms: readonly string[];
  /** With one of these nothing is changed. */
  readonly harmless: readonly string[];
}

const DRY = ['--dry-run', '--dryrun', '--help', '--what-if', '--noop', '--check', '--simulate', '--list-only'];

function d(forms: string, short = '', long = '', harmless: readonly string[] = []): Destroyer {
  return {
    takes: shape(short, long),
    forms: forms
      .split('\n')
      .map((form) => form.trim())
      .filter(Boolean),
    harmless: [...DRY, ...harmless],
  };
}

const KUBE = d(
  `delete
   drain
   adm drain
   replace --force
   rollout undo
   scale --replicas=0
   taint nodes|node * *NoExecute*
   config delete-cluster|delete-context|delete-user|unset
   certificate deny`,
  'nclsf',
  '--namespace --context --kubeconfig --cluster --user --server --selector --field-selector',
  ['--dry-run=client', '--dry-run=server'],
);
const CONTAINERS = d(
  `system prune|reset
   volume rm|prune|remove
   network prune
   image|container|builder|buildx|pod prune
   rm -f|--force|-v|--volumes
   container rm -f|--force|-v
   rmi -f|--force|-a
   image rm -f|--force
   compose down -v|--volumes|--rmi
   compose rm -f|-s|-v
   swarm leave --force|-f
   stack rm|remove
   service rm|remove
   secret rm|remove
   config rm|remove
   node rm|remove
   context rm
   machine rm
   kill`,
  'Hc',
  '--host --context --config --log-level --filter --file',
);
const PACMAN = d('-R\n-Scc', '', '', ['-h', '-p', '--print']);
const RABBIT = d(
  'delete_user|delete_vhost|delete_queue|delete_shovel|clear_permissions|clear_topic_permissions|clear_policy|clear_parameter|clear_password|clear_user_limits|clear_vhost_limits|purge_queue|reset|force_reset|forget_cluster_node|stop_app|shutdown|stop|close_all_connections',
  'npqt',
  '--node --vhost --timeout',
);

export const DESTROYERS: ReadonlyMap<string, Destroyer> = new Map<string, Destroyer>([
  [
    'git',
    d(
      `reset --hard|--merge|--keep
       clean -f|--force
       push -f|--force|--mirror|--delete|-d|--prune
       stash drop|clear
       branch -D
       branch -d|--delete --force|-f
       branch -M
       checkout -f|--force
       switch -f|--force|--discard-changes|-C
       reflog expire|delete
       gc --prune=now|--prune=all|--aggressive
       prune
       filter-branch
       filter-repo
       update-ref -d
       symbolic-ref -d|--delete
       worktree remove -f|--force
       submodule deinit -f|--force|--all
       rm -r -f|--force
       lfs prune
       obliterate
       delete-branch|delete-tag|delete-submodule|delete-merged-branches|delete-squashed-branches
       tag -d|--delete
       replace -d
       notes prune`,
      'Cc',
      '--git-dir --work-tree --namespace --exec-path -C -c --super-prefix',
      ['-n', '--dry-run'],
    ),
  ],
  ['hg', d('purge\nstrip\nupdate -C|--clean\nhisted*\nrollback\nrevert -a|--all')],
  ['svn', d('delete|del|remove|rm --force\nrevert -R|--recursive\ncleanup --remove-unversioned')],
  ['jj', d('abandon\nop abandon|restore|undo')],
  ['fossil', d('delete|rm --hard\npurge\nscrub\nrevert')],
  ['kubectl', KUBE],
  ['oc', KUBE],
  ['k9s', KUBE],
  ['microk8s', d('kubectl delete\nreset\nremove-node')],
  ['helm', d('uninstall|delete|del|un\nrollback\nupgrade --force', 'n', '--namespace --kube-context --kubeconfig')],
  ['helmfile', d('destroy|delete')],
  ['kustomize', d('delete')],
  ['argocd', d('app delete|terminate-op\ncluster rm\nrepo rm\nproj delete')],
  ['flux', d('delete|uninstall')],
  ['istioctl', d('uninstall')],
  ['docker', CONTAINERS],
  ['podman', CONTAINERS],
  ['nerdctl', CONTAINERS],
  ['docker-compose', d('down -v|--volumes|--rmi\nrm -f|-s|-v', 'fp', '--file --project-name')],
  ['podman-compose', d('down -v|--volumes')],
  ['crictl', d('rm|rmi|rmp|stopp -f|-a|--all|--prune')],
  [
    'terraform',
    d(
      'destroy\napply -destroy|--destroy|-auto-approve|--auto-approve\nstate rm|push|replace-provider\nworkspace delete\nforce-unlock\ntaint|untaint',
    ),
  ],
  ['tofu', d('destroy\napply -destroy|--destroy|-auto-approve\nstate rm|push\nworkspace delete\nforce-unlock')],
  ['terragrunt', d('destroy\nrun-all destroy\nrun --all destroy\napply -destroy|-auto-approve\nstate rm')],
  ['pulumi', d('destroy|down|dn\nstack rm\nstate delete\ncancel\nup --yes|-y')],
  ['cdk', d('destroy')],
  ['cdktf', d('destroy')],
  ['sam', d('delete')],
  ['serverless', d('remove')],
  ['sls', d('remove')],
  ['vagrant', d('destroy\nbox remove\nsnapshot delete')],
  ['packer', d('build -force')],
  [
    'vault',
    d(
      'secrets|auth|audit disable\nkv destroy|delete\nkv metadata delete\ndelete\npolicy|policies delete\nlease revoke\ntoken revoke\nplugin deregister\nnamespace delete\noperator seal|rekey|step-down|rotate|generate-root\nunmount|revoke|auth-disable',
    ),
  ],
  [
    'consul',
    d(
      'kv delete\nacl * delete\nleave\nforce-leave\nservices deregister\nconfig delete\nsnapshot restore\noperator raft remove-peer',
    ),
  ],
  ['nomad', d('job stop -purge\nnamespace|volume|quota|acl delete\nsystem gc\njob stop')],
  ['etcdctl', d('del\nmember remove\nuser|role delete|revoke\nsnapshot restore\nlease revoke')],
  [
    'aws',
    d(
      's3 rm|rb\ns3 sync --delete\ns3 mv --recursive\nsecretsmanager update-secret|put-secret-value\nsns unsubscribe\nec2 stop-instances|release-address\ncloudformation cancel-update-stack\nrds stop-db-instance|reboot-db-instance',
      '',
      '--region --profile --output --endpoint-url --query',
    ),
  ],
  [
    'gcloud',
    d(
      '* * reset|abandon-instances|suspend\ncompute instances stop',
      '',
      '--project --zone --region --account --format',
    ),
  ],
  ['gsutil', d('rm|rb\nrsync -d\nmv', 'oh')],
  ['az', d('* stop|deallocate|purge\n* * purge|remove', '', '--subscription --resource-group')],
  ['doctl', d('* * delete|rm|d\n* delete|rm', 't', '--context --access-token')],
  ['linode-cli', d('* delete|rebuild')],
  ['hcloud', d('* delete|rebuild|reset|poweroff')],
  ['flyctl', d('* destroy|remove|delete|suspend\ndestroy|suspend\nsecrets unset')],
  ['fly', d('* destroy|remove|delete|suspend\ndestroy|suspend\nsecrets unset')],
  [
    'heroku',
    d(
      'apps:destroy|addons:destroy|pg:reset|config:unset|ps:stop|domains:remove|domains:clear|pipelines:destroy|apps:delete|releases:rollback|redis:reset',
    ),
  ],
  ['railway', d('delete|down')],
  ['vercel', d('rm|remove\n* rm|remove')],
  ['netlify', d('sites:delete|env:unset')],
  ['wrangler', d('delete\n* delete|remove\n* * delete\nkv:namespace|kv:key|kv:bulk delete\nrollback')],
  ['firebase', d('firestore:delete|database:remove|database:set|functions:delete|hosting:disable|projects:delete')],
  ['supabase', d('db reset\nprojects|branches|secrets|functions delete|unset\nmigration repair')],
  ['eb', d('terminate')],
  ['eksctl', d('delete\ndrain')],
  ['kops', d('delete')],
  ['kind', d('delete')],
  ['k3d', d('* delete')],
  ['minikube', d('delete')],
  ['velero', d('* delete\nuninstall\ndelete')],
  ['restic', d('forget\nprune\nkey remove\nrewrite --forget', 'r', '--repo --password-file')],
  [
    'borg',
    d('delete\nprune\ncompact\nrepo-delete|rdelete\nrecreate', 'r', '--repo --remote-path --rsh', ['-n', '--dry-run']),
  ],
  [
    'rclone',
    d(
      'sync\nmove|moveto\ndelete|deletefile\npurge\nrmdir|rmdirs\ncleanup\ndedupe\nbisync --force|--resync\nconfig delete',
      '',
      '--config --transfers --bwlimit',
      ['-n', '--dry-run'],
    ),
  ],
  [
    'rsync',
    d(
      '--delete|--delete-before|--delete-during|--delete-after|--delete-excluded|--delete-delay|--delete-missing-args|--del|--remove-source-files',
      'eBTfM',
      '--rsh --exclude --include --filter --exclude-from --include-from --files-from --temp-dir --backup-dir --suffix --log-file --bwlimit --port',
      ['-n', '--dry-run', '--list-only'],
    ),
  ],
  ['duplicity', d('remove-older-than|remove-all-but-n-full|cleanup|remove-all-inc-of-but-n-full --force')],
  ['op', d('* delete|rm|remove\n* * delete|rm|remove\nuser suspend')],
  ['doppler', d('* delete\n* * delete|revoke|rollback\nsecrets delete')],
  ['bw', d('delete\npurge')],
  ['pass', d('rm|remove|delete')],
  ['gopass', d('rm|remove|delete')],
  ['rabbitmqctl', RABBIT],
  ['rabbitmqadmin', d('delete|purge|close', 'HPuphVcNs', '--host --port --username --password --vhost --config')],
  ['kafka-topics', d('--delete')],
  ['kafka-topics.sh', d('--delete')],
  ['kafka-delete-records', d('--offset-json-file')],
  ['kafka-delete-records.sh', d('--offset-json-file')],
  ['kafka-consumer-groups', d('--delete|--delete-offsets|--reset-offsets')],
  ['kafka-consumer-groups.sh', d('--delete|--delete-offsets|--reset-offsets')],
  ['kafka-acls', d('--remove')],
  ['kafka-acls.sh', d('--remove')],
  ['kafka-configs', d('--delete-config')],
  ['kafka-configs.sh', d('--delete-config')],
  ['rpk', d('topic|group|cluster delete\ntopic trim-prefix')],
  ['nats', d('* delete|del|rm|purge\n* * delete|rm|purge\nserver raft step-down', 's', '--server --context --creds')],
  [
    'redis-cli',
    d(
      'flushall|FLUSHALL|flushdb|FLUSHDB|shutdown|SHUTDOWN\ndel|DEL|unlink|UNLINK\nconfig|CONFIG set|SET|resetstat|rewrite\ndebug|DEBUG\nscript|SCRIPT flush|FLUSH\ncluster|CLUSTER reset|RESET|forget|FORGET\n--cluster|--pipe',
      'hpnau',
      '--user --pass',
      ['--scan'],
    ),
  ],
  ['dropdb', d('*\n--if-exists|-i')],
  ['dropuser', d('*')],
  ['mysqladmin', d('drop|shutdown', 'huPpS')],
  ['influx', d('delete\nbucket|org|user|auth delete')],
  [
    'gh',
    d(
      '* delete|archive\n* * delete\nrepo rename\nsecret|variable|ssh-key|gpg-key|label|cache|release|gist|issue|repo delete|remove\npr close --delete-branch\nrelease delete-asset\nextension remove',
      'R',
      '--repo --hostname',
    ),
  ],
  ['glab', d('* delete|archive\n* * delete')],
  ['gitlab-runner', d('unregister')],
  ['circleci', d('* delete|remove-secret|unlist\n* * delete')],
  [
    'java',
    d(
      '-jar * *delete-job|delete-node|delete-view|delete-builds|delete-credentials|quiet-down|safe-shutdown|shutdown|restart',
    ),
  ],
  ['gem', d('yank\nuninstall -a|--all|-x\ncleanup', 'vp')],
  ['npm', d('unpublish\ndeprecate\nowner rm\nteam destroy\ntoken revoke|delete\ncache clean --force')],
  ['cargo', d('yank\nowner --remove')],
  ['twine', d('remove')],
  ['apt', d('purge\nautoremove --purge\nremove --purge|-y')],
  ['apt-get', d('purge\nautoremove --purge\nremove --purge|-y')],
  ['dpkg', d('-P|--purge|-r|--remove --force-all|--force-remove-essential|--force-depends\n-P|--purge')],
  ['yum', d('remove|erase -y\nhistory undo|rollback')],
  ['dnf', d('remove|erase -y\nhistory undo|rollback')],
  ['pacman', PACMAN],
  ['yay', PACMAN],
  ['paru', PACMAN],
  ['brew', d('uninstall|remove|rm --force|--zap')],
  ['nix-collect-garbage', d('-d|--delete-old|--delete-older-than')],
  ['conda', d('env remove\nremove --all')],
  [
    'systemctl',
    d(
      'mask\nstop|disable|kill ssh|sshd|firewalld|ufw|auditd|docker|network|networking|NetworkManager|systemd-journald|rsyslog\npoweroff|reboot|halt|kexec|rescue|emergency|isolate',
    ),
  ],
  ['crontab', d('-r')],
  ['iptables', d('-F|--flush|-X\n-P|--policy INPUT|OUTPUT|FORWARD DROP|REJECT')],
  ['ip6tables', d('-F|--flush|-X\n-P|--policy INPUT|OUTPUT|FORWARD DROP|REJECT')],
  ['auditctl', d('-D\n-e 0')],
  ['rpm', d('-e|--erase --nodeps|--allmatches|--justdb')],
  ['esxcli', d('vm process kill\nsystem shutdown *\nstorage filesystem unmount')],
  ['vim-cmd', d('vmsvc/destroy|vmsvc/power.off|vmsvc/unregister|vmsvc/snapshot.removeall')],
  ['dscl', d('* -delete')],
  ['django-admin', d('flush|reset_db')],
  ['exim', d('-Mrm|-Mg')],
  ['postsuper', d('-d')],
  ['lpadmin', d('-x')],
  ['cancel', d('-a')],
  ['ldapdelete', d('*')],
  ['kadmin', d('-q *delprinc*|*delete_principal*')],
  ['kadmin.local', d('-q *delprinc*|*delete_principal*')],
  ['service', d('ssh|sshd|firewalld|ufw|auditd|docker|network|networking|NetworkManager|rsyslog stop')],
  ['rc-service', d('ssh|sshd|firewalld|ufw|auditd|docker|networking|syslog stop')],
  ['resize2fs', d('-M')],
  ['xfs_repair', d('-L')],
  ['tune2fs', d('-O ^has_journal')],
  ['ceph', d('osd pool delete|rm\nosd purge|destroy|rm\nfs rm\nauth del')],
  ['rbd', d('rm|remove\nsnap purge|rm')],
  ['gluster', d('volume delete|stop')],
  ['pveceph', d('* destroy')],
  ['dvc', d('gc\ndestroy')],
  ['docker-machine', d('rm|kill')],
  ['skopeo', d('delete')],
  ['bq', d('rm')],
  ['ctr', d('* rm|remove|delete|prune')],
  ['s3cmd', d('rb|del|rm -r|--recursive|--force|-f\nrb')],
  ['s5cmd', d('rm|rb')],
  ['mc', d('rb\nrm|rm -r|--recursive|--force', 'C')],
  ['ibmcloud', d('* * rm\n* rm')],
  ['openstack', d('* delete|purge')],
  ['nova', d('delete|force-delete')],
  ['pg_dropcluster', d('*')],
  ['pg_resetwal', d('-f|--force')],
  ['pg_ctl', d('stop -m|--mode')],
  ['mongorestore', d('--drop')],
  ['redis-trib', d('del-node')],
  ['elasticsearch-plugin', d('remove')],
  ['curator', d('*delete*')],
  ['systemd-cryptenroll', d('--wipe-slot')],
  ['tpm2_clear', d('*')],
  ['efibootmgr', d('-B|--delete-bootnum')],

  ['nft', d('flush ruleset\ndelete')],
  ['ufw', d('disable|reset\n--force reset')],
  ['setenforce', d('0|Permissive|permissive')],
  ['lvremove', d('*')],
  ['lvreduce', d('*')],
  ['bfg', d('--delete-files|--delete-folders|--strip-blobs-bigger-than|--replace-text|--strip-blobs-with-ids')],
  ['mix', d('ecto.drop|ecto.reset|ecto.rollback')],
  ['vgremove', d('*')],
  ['pvremove', d('*')],
  ['zfs', d('destroy\nrollback')],
  ['zpool', d('destroy\nlabelclear\nremove')],
  ['btrfs', d('subvolume|sub delete\ndevice remove|delete\ncheck --repair')],
  ['mdadm', d('--zero-superblock|--remove|--stop|--fail')],
  ['cryptsetup', d('erase|luksErase|luksFormat|luksKillSlot|luksRemoveKey|reencrypt')],
  ['dmsetup', d('remove|remove_all|wipe_table')],
  [
    'hdparm',
    d(
      '--security-erase|--security-erase-enhanced|--trim-sector-ranges|--make-bad-sector|--write-sector|--yes-i-know-what-i-am-doing',
    ),
  ],
  ['nvme', d('format|sanitize|delete-ns')],
  ['blkdiscard', d('*')],
  ['badblocks', d('-w')],
  ['wipefs', d('-a|--all|-o|--offset')],
  ['sgdisk', d('-Z|--zap-all|-z|--zap|-o|--clear|-d|--delete')],
  ['parted', d('* rm|mklabel|mktable|mkpart|resizepart\n-s|--script * rm|mklabel|mktable|mkpart')],
  ['userdel', d('*')],
  ['deluser', d('*')],
  ['groupdel', d('*')],
  [
    'virsh',
    d(
      'destroy|undefine|vol-delete|pool-delete|pool-destroy|snapshot-delete|net-destroy|net-undefine',
      'c',
      '--connect',
    ),
  ],
  ['qm', d('destroy|reset')],
  ['pct', d('destroy')],
  ['multipass', d('delete|purge')],
  ['lxc', d('delete|rm\nimage|network|profile|snapshot|storage delete')],
  ['incus', d('delete')],
  ['tmutil', d('delete|deletelocalsnapshots|disable')],
  [
    'diskutil',
    d(
      'eraseDisk|eraseVolume|reformat|partitionDisk|secureErase|zeroDisk|randomDisk\napfs|ap deleteContainer|deleteVolume|eraseVolume',
    ),
  ],
  ['csrutil', d('disable')],
  ['defaults', d('delete')],
  ['launchctl', d('bootout|unload|remove')],
  ['journalctl', d('--vacuum-size|--vacuum-time|--vacuum-files')],
  ['history', d('-c|-d')],
  ['rails', d('db:drop|db:reset|db:schema:load|db:migrate:reset|destroy')],
  ['rake', d('db:drop|db:reset|db:schema:load|db:migrate:reset')],
  ['php', d('artisan|*artisan migrate:fresh|migrate:reset|migrate:refresh|db:wipe')],
  ['artisan', d('migrate:fresh|migrate:reset|migrate:refresh|db:wipe')],
  ['drush', d('sql-drop|sql:drop|site-install|si|sql-sync')],
  ['wp', d('db drop|reset|clean\nsite empty|delete\nplugin|theme|post|user|option delete')],
  ['prisma', d('migrate reset\ndb push --force-reset|--accept-data-loss')],
  ['manage.py', d('flush|reset_db')],
  ['python', d('*manage.py|manage.py flush|reset_db')],
  ['alembic', d('downgrade base')],
  ['flyway', d('clean')],
  ['liquibase', d('drop-all|dropAll|rollback')],
  ['sequelize', d('db:drop|db:migrate:undo:all')],
  ['knex', d('migrate:rollback --all')],
  ['stripe', d('* delete|cancel')],
  ['ldcli', d('* delete|archive')],
  ['splunk', d('remove|clean|delete')],
  ['pio', d('* destroy|remove')],
  ['zap', d('*')],
  ['trash-empty', d('*')],
  ['pm2', d('delete|kill')],
  ['supervisorctl', d('shutdown|remove\nstop all')],
  ['nginx', d('-s stop|quit')],
  ['haproxy', d('-sf|-st')],
  ['adb', d('uninstall\nshell rm|wipe\nshell pm uninstall|clear|disable|disable-user')],
  ['fastboot', d('erase|format|flash|flashing|oem')],
  ['gpg', d('--delete-key|--delete-keys|--delete-secret-key|--delete-secret-keys|--delete-secret-and-public-key')],
  ['keytool', d('-delete')],
  ['certutil', d('-D|-F')],
  [
    'security',
    d('delete-keychain|delete-generic-password|delete-internet-password|delete-certificate|delete-identity'),
  ],
]);

/** Programs that destroy whatever they are used for (overwriting, formatting, partitioning). */
export const ALWAYS_DESTROYS: ReadonlySet<string> = new Set(
  'shred srm wipe scrub sfill sswap smem mkswap fdisk cfdisk sfdisk gdisk nwipe dban shutdown reboot halt poweroff init telinit format diskpart killall5'.split(
    ' ',
  ),
);

/** Verbs that remove one thing of many, which only force or breadth makes destructive. */
export const REMOVES: ReadonlySet<string> = new Set('rm rb del remove uninstall erase prune unregister'.split(' '));

/** Verbs with which command lines of services destroy things, as a whole subcommand or the first part of one. */
export const VERBS: ReadonlySet<string> = new Set(
  (
    'delete destroy purge terminate wipe erase nuke obliterate deprovision deregister unregister decommission drop ' +
    'delete-all destroy-all dropdb flushall flushdb expunge delprinc deletion revoke'
  ).split(' '),
);

/** Programs whose words are text, files or code, so that a verb among them says nothing. */
export const WORDS_ARE_TEXT: ReadonlySet<string> = new Set(
  (
    'echo printf cat grep egrep fgrep rg ag ack git man tldr help info whatis apropos find fd locate ls cd mkdir touch cp mv ln ' +
    'vi vim nano emacs code less more head tail sort uniq wc cut tr sed awk gawk diff cmp file stat test [ [[ tee make cmake ninja ' +
    'python python2 node ruby perl php lua bash sh zsh which whereis type command history alias export read jq yq xargs apt-cache ' +
    'say espeak notify-send logger write wall mail figlet cowsay curl wget http https say open xdg-open tar zip unzip gzip ' +
    'npm yarn pnpm pip cargo go rustc gcc javac mvn gradle pytest jest true false : set unset return exit shift local declare'
  ).split(' '),
);

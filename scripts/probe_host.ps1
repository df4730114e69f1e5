# Asks this server what nobody has published of it (docs/unknowns.md), and changes nothing: paste all of it into an elevated
# PowerShell window of the server, or run it: powershell -ExecutionPolicy Bypass -File probe_host.ps1
# It opens no connection. The only thing that it writes is one file on the desktop, sbs-mailflow-answers.json, in which every
# name, address and unknown word has a stand-in. Read the file, then send it.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
# BEGIN written by scripts/reference
function Invoke-Probe {
# What is asked, what is shown of it, and which words may be shown.
$TableText = @'
{
"tokens": [
"\\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\\}?",
"[^\\s@<>\"',;:()\\[\\]=\\\\/]+@[^\\s@<>\"',;:()\\[\\]=\\\\/]+",
"S-1-[0-9]+(?:-[0-9]+)+",
"(?<![0-9A-Za-z])(?!(?:[245][0-9][0-9][ -])?[245]\\.[0-9]{1,2}\\.[0-9]{1,3}(?![0-9._,/-]))[0-9]+(?:[._,/ -]+[0-9]+){2,}(?![0-9A-Za-z])",
"(?<![0-9A-Za-z:])[0-9A-Fa-f]{0,4}(?:(?::[0-9A-Fa-f]{1,4})*::|(?::[0-9A-Fa-f]{1,4}){3})[0-9A-Fa-f:]*(?:\\.[0-9]{1,3}){0,3}(?![0-9A-Za-z])",
"(?:[0-9A-Za-z]|[^\\x00-\\x7F])(?:[0-9A-Za-z_-]|[^\\x00-\\x7F])*(?:\\.(?:[0-9A-Za-z_-]|[^\\x00-\\x7F])+)+",
"(?:[0-9A-Za-z]|[^\\x00-\\x7F])+(?:[_-]+(?:[0-9A-Za-z]|[^\\x00-\\x7F])+)*",
"[\\x00-\\x7F]"
],
"piece": "(?:[0-9A-Za-z]|[^\\x00-\\x7F])+",
"names": [
"(?i:SMTP|X400):\\*?",
"Windows SBS[ -](?:E-?Mail|Internet)-?(?:[Aa]dressrichtlinie|[Ss]endeconnector|[Ee]mpfangsconnector)",
"Windows SBS(?:[ -](?:Address|Connector|E-?[Mm]ail|Fax|Internet|POP3|Policy|Receive|Send|Share[Pp]oint))*",
"Windows Small Business Server(?: 20(?:08|11))?",
"(?:Transport Rule|Text Messaging (?:Routing|Delivery)|Edge Rule|Content Filter|Sender (?:Id|Filter)) Agent",
"(?:Recipient Filter|Protocol Analysis|Connection Filtering|Attachment Filtering) Agent",
"Address Rewriting (?:In|Out)bound Agent|Vamsoft ORF SMTP (?:On-Arrival |Receive )?Agent",
"Default Policy|Standardrichtlinie|Default|Client|Standard",
"Administrator|LocalSystem|NT AUTHORITY|NT-AUTORIT\\u00c4T|SYSTEM|Local ?Service|Network ?Service",
"Lokaler Dienst|Netzwerkdienst",
"(?i:(?:Windows|SBS)*Pop3Connector(?:Svc|Service)?|MSExchange(?:Transport|IS|POP3|IMAP4|ADTopology|SA|RPC)?)",
"(?i:RpcSs|Tcpip|LanmanServer|LanmanWorkstation|EventLog|Netlogon|WinMgmt)",
"Microsoft Exchange(?: (?:Transport|Information Store|Mail Submission|POP3|IMAP4))?",
"(?i:POPcon(?:srv)?(?: PRO)?|POPBeamer|SmartPOP2Exchange|(?:GFI )?POP2Exchange|MAPILab POP3 Connector)",
"(?i:PopGrabber|POPWeasel|IGetMail|VPOP3)",
"Journaling Agent|MSExchange Transport|SBS POP3 Connector|ESET Mail Security",
"Submission|Unreachable Domain|Unreachable|Poison Message|Poison|hub version [0-9]{1,3}",
"(?:User|Shared|Linked|Legacy|Room|Equipment|Discovery|System)Mailbox",
"Microsoft\\.Exchange\\.Management\\.PowerShell\\.E2010"
],
"segments": [
"[A-Za-z]:",
"(?i:Program Files(?: \\(x86\\))?|Programme|ProgramData|Windows|System32|Windows Small Business Server)",
"(?i:Exchange Server|V14|V15|TransportRoles|ProtocolLog|SmtpSend|SmtpReceive|Bin|Data|Logs|Microsoft\\.NET)",
"(?i:HKLM|SOFTWARE|SYSTEM|CurrentControlSet|Services|SmallBusinessServer)",
"(?i:(?:pop3?|connector|service|records?|logs?|windows(?:serversolutions)?|microsoft|sbs|config|[._-](?:exe|dll|dat|bak|[0-9]+)?)+)",
"(?i:Parameters|Schedule|Interval|Settings|Configuration|Networking|ICW|BadMail)"
],
"names_end": "(?:(?<=[^0-9A-Za-z])|(?![0-9A-Za-z_.@-]|[^\\x00-\\x7F]))",
"segments_end": "(?=[\\x22'>)\\]]|(?![\\s\\S]))",
"opening": "\\A[\\s\\x22'(<\\[]*",
"drive": "\\A[\\s\\x22'(<\\[]*(?:[A-Za-z]:|HKLM)\\\\",
"reply": "\\A\\x22[245][0-9]{2}[ -][^\\x22]*\\x22(?![\\s\\S])",
"positions": [
"(?<![0-9A-Za-z])(?:PASS|USER|APOP|AUTH)\\s+[^\\r\\n]+",
"(?<![0-9A-Za-z])(?i:pass(?:word|wort)|kennwort|pwd)\\s*[:=]\\s*[^\\r\\n]+",
"(?<![0-9A-Za-z])(?i:password|passwort|kennwort)\\s+(?!(?:is|was|for|of|and|or|has|in|to|ist|wrong)(?![0-9A-Za-z]))\\S+",
"Microsoft\\.Exchange\\.Management\\.PowerShell\\.E2010",
"Windows SBS[0-9A-Za-z -]*",
"Windows Small Business Server(?![0-9A-Za-z_.@-]|[^\\x00-\\x7F])",
"\\x22[^\\x22]*\\x22?",
"(?<![0-9A-Za-z])'[^']*'?",
"[\\u00ab\\u00bb\\u2018-\\u201f\\u2039\\u203a][^\\u00ab\\u00bb\\u2018-\\u201f\\u2039\\u203a]*",
"<[^>]*>?",
"\\[[^\\]]*\\]?",
"[^\\s\\x22'<>|;,\\\\]*\\\\[^\\x22'<>|;,\\r\\n]*",
"[0-9A-Za-z]+=[^,;)\\]\\r\\n]*",
"/\\S*",
"(?<![0-9A-Za-z])(?:Herrn?|Hr\\.?|Frau|Fr\\.?|Fr\\u00e4ulein|Familie|Fam\\.?)\\s+\\S+(?:\\s+\\S+)?",
"(?<![0-9A-Za-z])(?:Dr\\.?|Prof\\.?|Mr\\.?|Mrs\\.?|Ms\\.?|Miss|Sir|Dear|Firma|Fa\\.?)\\s+\\S+(?:\\s+\\S+)?",
"(?<![0-9A-Za-z])(?:Liebe[rn]?|Hallo)\\s+\\S+(?:\\s+\\S+)?",
"(?:\\S+\\s+){1,3}(?:GmbH|AG|KG|OHG|UG|GbR|mbH|e\\.V\\.|Ltd|Inc|LLC|Co\\.)(?![0-9A-Za-z])",
"(?<![0-9A-Za-z])(?i:user|username|account|mailbox|name|owner|host|computer|domain)\\s*:\\s*\\S+(?:\\s+\\S+)?",
"(?<![0-9A-Za-z])(?i:server|from|to|by|benutzer|konto|postfach|an|von|rechner)\\s*:\\s*\\S+(?:\\s+\\S+)?"
],
"phrases": [
"Access (?:to the (?:path|mailbox|registry|service)|is denied|was denied|denied)",
"Active directory response: The LDAP server is unavailable",
"Active [Dd]irectory(?: (?:error|response|server|operation|Topology))?(?: 0x[0-9A-Fa-f]{1,8})?",
"Authentication (?:failed|unsuccessful|required|failure)",
"Certificate validation failure|Cannot achieve Exchange Server authentication",
"Command (?:not (?:recognized|implemented)|unrecognized|refused)",
"Connection (?:to (?:the )?(?:server|POP3 server)|timed out|refused|dropped|closed|reset|was (?:closed|refused|reset))",
"(?:Windows SBS )?POP3 Connector|POP3 (?:[Ss]erver|[Ss]ervice|[Aa]ccount|mailboxes)",
"(?:Microsoft )?Exchange (?:20(?:0[37]|1[0369])|[Ss]ervers?|[Tt]ransport|Information Store|mailbox(?:es)?)",
"Could not load file or assembly",
"Get-(?:AcceptedDomain|EmailAddressPolicy|ExchangeServer|HostFacts|MessageTrackingLog|Queue|Recipient)",
"Get-(?:(?:Receive|Send)Connector|Transport(?:Agent|Server))",
"Error (?:message|code)|Error:|Error \\{0\\}|Fehler:|Version [0-9]{1,2}(?:\\.[0-9]{1,4})?",
"Exception of type|(?:Exception from )?HRESULT: 0x8[0-9A-Fa-f]{7}|[Ee]rror 0x[0-9A-Fa-f]{1,8}",
"Microsoft\\.Exchange(?:\\.[A-Za-z]+)*, Version=14\\.0\\.0\\.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35",
"Microsoft\\.Exchange(?:\\.(?:Configuration|Data|Directory|Globals|Management|Rpc|Storage|Tasks|Transport))+(?!\\.)",
"Exchange (?:8|14|15)\\.[0-9]{1,2}\\.[0-9]{1,4}\\.[0-9]{1,3} is (?:2013 or later|installed)",
"Generic failure|Invalid (?:namespace|class|query|parameter)|Not found",
"(?:Login|Logon) (?:failed|failure|failed:|succeeded|ok|OK)|Log[io]n attempts?",
"Message (?:delayed|size exceeds|deferred|accepted|refused|rejected)",
"Messages? (?:received|retrieved|deleted|downloaded)",
"Mailbox (?:is (?:full|locked|disabled)|unavailable|full|not found|disabled)",
"Object reference not set to an instance of an object",
"Password (?:incorrect|wrong|expired|is (?:incorrect|wrong))",
"Primary target IP address responded with",
"Process memory quota exceeded|Not enough (?:storage|quota|memory) is available to process this command",
"Queue Viewer operation|Relay(?:ing)? (?:access )?denied",
"Recipient (?:address rejected|not found|unknown|refused)|Sender (?:address rejected|denied|refused|unknown)",
"Resource pressure (?:increased|decreased|constant)(?: from (?:Normal|Medium|High) to (?:Normal|Medium|High))?",
"SMTPSEND\\.DNS\\.NonExistentDomain",
"Server (?:busy|error|not available|is not operational|unavailable)",
"Service (?:unavailable|not available|is not running)",
"(?:RPC|LDAP|POP3|SMTP|remote|mail) (?:[Ss]erver|[Ss]ervice) (?:is|was) (?:not available|unavailable|busy)",
"The (?:RPC|LDAP|POP3|SMTP|Exchange|remote) server|(?:the|to) (?:remote|POP3|mail|SMTP) server",
"System\\.OutOfMemoryException|Timeout (?:expired|error|while|waiting|erreicht)",
"User (?:unknown|not found)",
"Windows PowerShell(?: snap-in|-Snap-In)?(?: version [0-9])?|(?i:host name|user name)",
"(?:Der )?Zugriff (?:auf den Pfad|auf das Postfach|wurde verweigert|verweigert)",
"(?:Eine )?Ausnahme (?:vom Typ|von HRESULT(?:: 0x8[0-9A-Fa-f]{7})?)",
"kann aufgrund des folgenden Fehlers nicht geladen werden",
"Der angeforderte Registrierungszugriff ist unzul\u00e4ssig|(?:Der )?RPC-Server ist nicht verf\u00fcgbar",
"Es kann keine Verbindung mit dem Remoteserver hergestellt werden",
"(?:Die )?Verbindung wurde (?:getrennt|verweigert)",
"Der Vorgang hat das Timeout erreicht|Der Objektverweis wurde nicht auf eine Objektinstanz festgelegt",
"Allgemeiner Fehler|Ung\u00fcltiger Namespace|(?:Ein )?Fehler ist aufgetreten|Die Benennung",
"wurde nicht als Name eines Cmdlet, einer Funktion, einer Skriptdatei oder eines ausf\u00fchrbaren Programms erkannt",
"Nicht gen\u00fcgend (?:Arbeitsspeicher|Speicher)|Anmeldung (?:fehlgeschlagen|verweigert)",
"Zeit\u00fcberschreitung"
],
"before": "(?<![0-9A-Za-z]|[^\\x00-\\x7F])",
"behind": "(?![0-9A-Za-z_@-]|[^\\x00-\\x7F])",
"secret": "\\A(?:PASS|USER|APOP|AUTH|(?i:pass(?:word|wort)|kennwort|pwd))[\\s:=]+",
"camel": "(?i:pop3)|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]{1,2}(?![0-9])",
"numbers": "\\A(?:[0-9]{1,2}|[245][0-5][0-9])(?![\\s\\S])",
"patterns": {"version": "\\A[0-9]{1,5}(?:\\.[0-9]{1,6}){1,4}(?: \\(win7(?:sp1)?_(?:rtm|gdr|ldr)\\.[0-9]{6}-[0-9]{4}\\))?(?![\\s\\S])",
"release": "\\A[0-9]{1,2}(?:\\.[0-9]{1,3}){1,2}(?![\\s\\S])",
"display_version": "\\AVersion [0-9]+\\.[0-9]+ \\(Build [0-9]+\\.[0-9]+\\)(?![\\s\\S])",
"object_version": "\\A[0-9]+\\.[0-9]+ \\([0-9]+(?:\\.[0-9]+){3}\\)(?![\\s\\S])",
"runtime": "\\Av[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,6}(?![\\s\\S])",
"exception": "\\A(?:System|Microsoft)(?:\\.[A-Z][A-Za-z0-9]*)*\\.[A-Z][A-Za-z0-9]*Exception(?![\\s\\S])",
"language": "\\A[0-9a-f]{4}(?![\\s\\S])", "hexadecimal": "\\A[0-9a-f]{0,8}(?![\\s\\S])",
"number": "\\A(?:[0-9]{1,6}|[Uu]nlimited)(?![\\s\\S])",
"span": "\\A-?(?:[0-9]+\\.)?[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]+)?(?![\\s\\S])",
"size": "\\A(?:[0-9.,'\\u00a0\\u202f ]+ ?[KMGT]?[Bo] \\([0-9.,'\\u00a0\\u202f ]+ (?:[Bb]ytes?|octets?)\\)|[Uu]nlimited)(?![\\s\\S])",
"moment": "\\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z(?![\\s\\S])",
"value": "\\A(?:[0-9]{1,2}|110|143|465|587|993|995|[Tt]rue|[Ff]alse|[Yy]es|[Nn]o|-)?(?![\\s\\S])",
"suites": "\\A(?:TLS(?:_(?:RSA|ECDHE?|ECDSA|DHE|DSS|NULL|WITH|AES|RC4|3?DES|EDE|CBC|GCM|MD5|SHA|(?:SHA|P)?[1-5]\\d\\d))+,?)+(?![\\s\\S])",
"identifier": "\\A-?[A-Za-z][0-9A-Za-z]{1,40}:?(?![\\s\\S])"},
"addresses": "127.0.0.1 0.0.0.0 255.255.255.255 0.0.0.0-255.255.255.255 :: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
"sids": "\\AS-1-(?:[0-4]-[0-9]|5-(?:[1-9]|1[0-9]|20)|5-32-5[0-9]{2})(?![\\s\\S])",
"top_levels": "at biz ch com de edu eu gov info int lan lokal local net org",
"endings": "bak config csv dat dll edb exe ini log que tmp trn txt xml",
"templates": "\\A(?:%[0-9]?[gsimdr]|[.])+(?![\\s\\S])",
"codes": [
"command_refused exchange_missing exchange_not_loaded exchange_too_new no_reply parameter_unreadable",
"pop3_entropy_missing pop3_file_changed pop3_file_locked pop3_file_missing pop3_file_unreadable",
"pop3_not_written pop3_program_missing pop3_service_missing pop3_service_not_started registry_refused",
"pop3_service_not_stopped request_unreadable schtasks_failed service_missing service_not_started",
"service_not_stopped snapin_needs_old_runtime"
],
"people": [
"bag bau day each edge eset field flag force forest general gfi handler head high igetmail image item key",
"kind leave link lock low mapilab master monday orf place pool popbeamer popcon reg room root sa safe",
"servolutions short sid sign simple small smart special stream tag trend vamsoft wizard word work world",
"zone"
],
"capitals": [
"64-Bit 64-bit A Already An Attempted By Cannot Check Checking Closing Connected Connecting Could DNS Das",
"Deleting Der Die Downloading Downloads EHLO ERR Ein Eine Either Es Exception FROM Failed For",
"Get-AcceptedDomain Get-EmailAddressPolicy Get-EventCounts Get-ExchangeServer Get-HostFacts",
"Get-MessageTrackingLog Get-Pop3Facts Get-ProcessFacts Get-Queue Get-ReceiveConnector Get-Recipient",
"Get-RegistryValues Get-SendConnector Get-ServiceList Get-TrackingForms Get-TransportAgent",
"Get-TransportServer Get-UpdateFacts HELO HRESULT HTTP IMAP IP If In Insufficient Invalid It Its Kein",
"Keine LDAP MAIL MAPI MaxMemoryPerShellMB Microsoft Must NTLM Nicht No Not OK Of On PASS POP POP3 Please",
"PowerShell QUIT RCPT RETR RPC Received Requested Retrieve Retrieved Retrieving SMTP SSL STARTTLS STAT",
"Sending Starting Stopping TCP TLS TLS1 Temporary The There This To USER UTF-8 Unable Unknown Verify WMI",
"Wenn Win32_OperatingSystem Win32_Service WinRM Windows XML e-mail log-on read-only snap-in snap-ins"
],
"words": [
"0x120089 0x1200a9 0x120116 0x1301bf 0x1f01ff 0x1f0fff 110 143 2003 2007 2008 2010 2011 2013 2016 2019",
"25 32 443 465 587 64 80 993 995 a abgelaufen aborted about above access account accounts achieve active",
"ad address addresses admin administrator administrators adresse adressrichtlinie after again agent",
"agents ai aktiv alias all allowed als also alternate always amd64 an and angeforderte angegeben",
"angehalten anonymous anonymoususers another antispam antivirus any apop ar arbitrationmailbox archive",
"are argument argumentexception arguments array as assembly assigned at attempt attempted attempting",
"attempts attributes au auch auditlogmailbox auf aufgetreten aufgrund aus ausgel\u00f6st auth authenticated",
"authentication authenticationexception authoritative authority auto autorit\u00e4t auxauditlogmailbox",
"available b ba back backup bad badmail bag bak banner base64 basic basicauth basicauthrequiretls bau be",
"because been beendet before begin bei beim being below benutzer bereit between bin binary bind binding",
"bis bit bits block blocked body boolean bounce bu build business but by bytes c call called cannot",
"category caused certificate cg chain change character check checking chunking ci class clear client",
"close closed closing cmdlet co code com command company complete component computer config connect",
"connected connecting connection connections connector connectors console content control convert copy",
"correct could couldn count create created critical cu currentcontrolset currentversion custom customer",
"d da das dass dat data database date day days dd de decreased default defer deferred delay delayed",
"delete deleted deleting deliver delivered delivering delivers delivery dem den denied department",
"dependencies der des destination details device did didn die dienst digits directory disable disabled",
"discovery discoverymailbox disk display distribution dll dns dnsconnectordelivery do does doesn domain",
"domains done dotnet down download downloaded downloading downloads dropped dsn du due dug durch during",
"dword dynamic dynamicdistributiongroup e ea each edge edition ein eine einem einen einer eines either",
"email empfang empfangen empfangsconnector empty enable enabled encrypted encryption end endpoint enough",
"enterprise entropy eq equipment equipmentmailbox erfolgreich erforderlich erkannt erreicht error errors",
"es eset esmtp establish established event events every everyone exceeded exception exchange",
"exchangelegacyservers exchangeserver exchangeservers exchangeusers exclusive exe exist existing exists",
"expand expandstring expired extern external externalauthoritative externes f fa fail failed failover",
"failure false fatal fax feature fehlgeschlagen festgelegt fetch fetched few field file files filter",
"filtering find finished first flag folder folgende folgenden folgender following for force forcibly",
"foreign forest format forwarding found fr framework free frequency from full function fw fx f\u00fcr g ga gb",
"ge gefunden gegen geladen gelesen general generic geschrieben gestartet get getrennt ge\u00f6ffnet gfi given",
"global gr group groups gt guid gw gx h haben had handle handler has hat hatte have head header hello",
"helo here hergestellt high higher highest hits hkey_local_machine hklm hmailserver host hosts hour",
"hours how http https hub i id identity ids if igetmail im image imap in inbound inbox included",
"incorrect increased index info information initializer initials ins installed instance insufficient",
"integrated interaktiven interface intern internal internet internetempfangsconnector",
"internetsendeconnector interval into invalid invalidoperationexception io ioexception ip is isn issue",
"ist it item its iu journal k kann kb kein keine keinen kerberos key keys kind known konnte konnten",
"k\u00f6nnen la large last later le least leave legacy legacymailbox length less level lg like limit line",
"link linkedmailbox list listener load loaded local localhost localservice localsystem location lock",
"locked log logged logging login logon logs lokal lokaler lokales lookup low lower lowest ls lsass lt m",
"machine mail mailadressrichtlinie mailbox mailboxes mailcontact maildrop mailer mailnonuniversalgroup",
"mailuniversaldistributiongroup mailuniversalsecuritygroup mailuser management manager manual many map",
"mapidelivery mapilab master maximum may mb medium member members message messages messaging method",
"microsoft might migration min minute minutes missing mit mode moderated modified monday monitor",
"monitoring monitoringmailbox more most move ms msexchangeis msexchangepop3 msexchangetransport multi",
"multistring must my n nach name named names namespace native ne net network networkservice netzwerk",
"netzwerkdienst never new next nicht no noch node nondeliveryreport none nonexistent nor normal not",
"nothing now np nt ntlm nu null number nur o object objects occurred occurs octets oder of off offline",
"often ohne oi oici old on once one only open opened operable operation option options or order orf",
"organization other out outbound outlook over ow own p pai parameter parameters parse partner partners",
"password path pending per period permission permissions persistent personal phase place please po",
"poison policies policy poll polling pool pop pop2exchange pop3 pop3account pop3connector pop3records",
"pop3service popbeamer popcon popconsrv popgrabber popweasel port possible postausgang posteingang",
"postmaster preferred pressure primary priority private procedure process processed processing product",
"program programdata programs properties property protocol protocols provider proxy ps public",
"publicfolder qss query queue queues quota qword r raised ran range rate rd re reached read ready realm",
"reason receive received receiving recipient recipients recognized record records redirect reference",
"refused reg registered registry reject rejected relay relaying release remote remove replication report",
"request require required requiretls reset resolve resolver resource resources responded response result",
"results resume retrieve retry retrying return revoked richtlinie role roles room roommailbox root route",
"routing ru rule rules run running runs s sa safe same sbs sbs2008 sbs2011 scan scanmail schedule",
"scheduled scope script second seconds secret secure security securityexception send sendeconnector",
"senden sender sendeverbindung sending sent sequence server servers service services servolutions",
"session set settings setup shadow shadowredundancy shared sharedmailbox sharepoint sharing short should",
"sich sid sie sign simple since sind site size skip skipped skipping sleep small smallbusinessserver",
"smart smarthost smarthostconnectordelivery smartpop2exchange smtp smtpdeliverytomailbox",
"smtprelaytoremoteactivedirectorysite smtpserver snap snapin so socketexception sockets software sorry",
"source sp spa spam special specified spelling ssl standard standardrichtlinie start started starting",
"starttls state statistics status still stop stopped stopping storage store stream string submission",
"submit subscription succeed success successful successfully such suspended switch sy syd syg sync",
"system systems sz t table tag tags target task tb tcp temporary term text than that the their then",
"there these they this thread threads threshold threw throttling thrown time timed timeout times tls tmp",
"to too total tracking transfer transient transport trend tried true trust try trying type u udp uid um",
"unable unauthorizedaccessexception unavailable unbekannt unchanged und undefined under unexpected",
"ung\u00fcltig unhandled unified universal unknown unlimited unreachable unsuccessful unsupported unter until",
"untrusted unzul\u00e4ssig up update updated upgrade uri url usage use used user usermailbox username users",
"using utf v14 v15 v2 v4 valid validation value values vamsoft verbindung verbindungen verbose verf\u00fcgbar",
"verify version versions verweigert via virus vom von vor vpop3 w wait waiting war waren warning was",
"wasn way wcf wd web webexception wegen weil wenn werden were when which while whose wie wiederholen",
"wifi will window windows wird with without wizard wmi word work world would write wrong wurde wurden",
"w\u00e4hrend x x400 x500 x64 x86 xml y year yes yesterday yet you your z zero zone zu zum zur zwischen \u00fcber",
"\u00fcberpr\u00fcfen"
],
"parts": [
"actions add agentinfo aggregation apply approval arbitration assign audit autostart blob cache cas cert",
"checked collect collector comment configuration contact contacts cred credential credentials crypt depend",
"description dir dn downgrade drop drops duplicatedeliver duplicateredirect edit encrypt entry enum",
"evaluation failures fetching flags gateway guids hadiscard hareceive haredirect hash headers hostname",
"ignore imported initmessagecreated install keep mailboxrule mailrecipients mails mapping mappings max",
"mechanism meetingmessageprocessor moderationexpire moderatorapprove moderatorreject non nonce notify",
"notifymapi orar override owner pass passwd passwords paths percent pickup plain plan poisonmessage ports",
"pre privileges protect protected protection purge pwd redundancy remember resubmit retain retention",
"retries rg salt seen select serial stored storedriver suppressed synced test throttle ti timer timestamp",
"trace trigger types uidl uidls unique usernames uses utc validate within wow64"
],
"keys": [
"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Client",
"Enabled",
"DisabledByDefault",
"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server",
"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\Client",
"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\Server",
"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client",
"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server",
"SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727",
"SystemDefaultTlsVersions",
"SchUseStrongCrypto",
"SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319",
"SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v2.0.50727",
"SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319",
"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp",
"DefaultSecureProtocols",
"SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002",
"Functions"
],
"steps": [
{"id": "host", "command": "Get-HostFacts", "parameters": {}, "select": ["Windows", "PowerShell", "ComputerName",
"Domain", "Fqdn", "WinRM", "Exchange"], "always": true},
{"id": "tls", "command": "Get-RegistryValues",
"parameters": {"Values": [{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Client",
"Name": "Enabled"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Client",
"Name": "DisabledByDefault"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server",
"Name": "Enabled"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server",
"Name": "DisabledByDefault"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\Client",
"Name": "Enabled"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\Client",
"Name": "DisabledByDefault"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\Server",
"Name": "Enabled"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\Server",
"Name": "DisabledByDefault"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client",
"Name": "Enabled"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client",
"Name": "DisabledByDefault"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server",
"Name": "Enabled"},
{"Key": "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server",
"Name": "DisabledByDefault"}]}, "select": ["Key", "Name", "Present", "Value"], "always": true},
{"id": "dotnet", "command": "Get-RegistryValues",
"parameters": {"Values": [{"Key": "SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727",
"Name": "SystemDefaultTlsVersions"}, {"Key": "SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727",
"Name": "SchUseStrongCrypto"}, {"Key": "SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319",
"Name": "SystemDefaultTlsVersions"}, {"Key": "SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319",
"Name": "SchUseStrongCrypto"}, {"Key": "SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v2.0.50727",
"Name": "SystemDefaultTlsVersions"}, {"Key": "SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v2.0.50727",
"Name": "SchUseStrongCrypto"}, {"Key": "SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319",
"Name": "SystemDefaultTlsVersions"}, {"Key": "SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319",
"Name": "SchUseStrongCrypto"}, {"Key": "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp",
"Name": "DefaultSecureProtocols"},
{"Key": "SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002", "Name": "Functions"}]},
"select": ["Key", "Name", "Present", "Value"], "always": true},
{"id": "updates", "command": "Get-UpdateFacts", "parameters": {}, "select": ["ExSetup", "WinHttp", "WebIo",
"DotNet35"], "always": true},
{"id": "pop3", "command": "Get-Pop3Facts", "parameters": {}, "select": ["Bytes", "Program", "Lines", "Acl",
"Service", "Folders", "Registry", "Log"], "always": true},
{"id": "services", "command": "Get-ServiceList", "parameters": {"Names": ["*[/\\ '\"]getmail",
"*[/\\ '\"]getmail[ ._'\"]*", "*exchange connector service*", "*fetchmail*", "*hmailserver*", "*igetmail*",
"*mapilab*pop3*", "*pop2exchange*", "*popbeamer*", "*popcon*", "*popgrabber*", "*poprep*", "*popweasel*",
"*smartpop2exchange*", "*vpop3*", "exchange pop3*", "exchangepop3*", "getmail", "gfi mailessentials*",
"gfi pop2exchange", "gfimesattendant"]}, "select": ["Name", "DisplayName", "Status", "StartMode"], "always": true},
{"id": "addresses", "command": "Get-OwnAddresses", "parameters": {}, "select": ["Address", "Prefix"],
"always": true},
{"id": "events", "command": "Get-EventCounts", "parameters": {"Sources": ["*pop3*", "MSExchangeTransport"]},
"select": ["Source", "Id", "Kind", "Count"], "always": true},
{"id": "server", "command": "Get-ExchangeServer", "parameters": {}, "select": ["AdminDisplayVersion", "ServerRole",
"Edition"], "always": true},
{"id": "send", "command": "Get-SendConnector", "parameters": {}, "select": ["Name", "AddressSpaces", "SmartHosts",
"Port", "Enabled", "DNSRoutingEnabled", "SmartHostAuthMechanism", "RequireTLS", "IgnoreSTARTTLS", "TlsAuthLevel",
"MaxMessageSize", "ConnectionInactivityTimeOut", "SmtpMaxMessagesPerConnection", "ProtocolLoggingLevel",
"ErrorPolicies", "DomainSecureEnabled", "SourceIPAddress", "SourceTransportServers", "Fqdn", "IsScopedConnector"],
"always": true},
{"id": "receive", "command": "Get-ReceiveConnector", "parameters": {}, "select": ["Name", "Bindings",
"RemoteIPRanges", "PermissionGroups", "AuthMechanism", "MaxMessageSize", "ProtocolLoggingLevel", "Enabled", "Fqdn",
"RequireTLS", "TarpitInterval"], "always": true},
{"id": "filter", "command": "Get-RecipientFilterConfig", "parameters": {}, "select": ["Enabled",
"RecipientValidationEnabled", "ExternalMailEnabled"], "always": true},
{"id": "transport", "command": "Get-TransportServer", "parameters": {}, "select": ["MessageRetryInterval",
"TransientFailureRetryCount", "TransientFailureRetryInterval", "OutboundConnectionFailureRetryInterval",
"MessageExpirationTimeout", "DelayNotificationTimeout", "QueueMaxIdleTime", "MaxOutboundConnections",
"MaxPerDomainOutboundConnections", "MessageTrackingLogEnabled", "MessageTrackingLogMaxAge", "SendProtocolLogPath"],
"always": true},
{"id": "queues", "command": "Get-Queue", "parameters": {}, "select": ["Identity", "DeliveryType", "NextHopDomain",
"Status", "MessageCount", "LastError"], "always": true},
{"id": "policies", "command": "Get-EmailAddressPolicy", "parameters": {}, "select": ["Name", "Priority",
"EnabledEmailAddressTemplates", "RecipientFilter", "IncludedRecipients"], "always": true},
{"id": "domains", "command": "Get-AcceptedDomain", "parameters": {}, "select": ["DomainName", "DomainType",
"Default"], "always": true},
{"id": "recipients", "command": "Get-Recipient", "parameters": {}, "select": ["RecipientType",
"RecipientTypeDetails", "EmailAddressPolicyEnabled", "ExchangeVersion"], "always": true},
{"id": "agents", "command": "Get-TransportAgent", "parameters": {}, "select": ["Identity", "Enabled"],
"always": true},
{"id": "tracking", "command": "Get-TrackingForms", "parameters": {"Hours": 24}, "select": ["EventId", "Source",
"ConnectorId", "Count", "EmptySenders"], "always": true},
{"id": "memory", "command": "Get-ProcessFacts", "parameters": {}, "select": ["PeakMegabytes", "PrivateMegabytes"],
"always": true}
],
"questions": [
{"key": "windows",
"asks": "Which Windows, PowerShell and .NET is it, and does it call itself a Small Business Server?",
"ask": "host", "tally": false, "shape": [["Windows", [["Version", "version"], ["ServicePack", "words"],
["Architecture", "term"], ["Sku", "words"], ["SuiteMask", "words"], ["Language", "language"]]], ["PowerShell",
[["Version", "version"], ["Clr", "version"]]]]},
{"key": "names", "asks": "Does the registry tell the server's name and domain as they are looked for?",
"ask": "host", "tally": false, "shape": [["ComputerName", "name"], ["Domain", "name"], ["Fqdn", "name"]]},
{"key": "shell_memory_limit", "asks": "How much memory does WinRM give a shell?", "ask": "host", "tally": false,
"shape": [["WinRM", [["MaxMemoryPerShellMB", "words"]]]]},
{"key": "exchange_setup", "asks": "What does the registry say of Exchange, and is its snap-in registered?",
"ask": "host", "tally": false, "shape": [["Exchange", [["Installed", "words"], ["Build", "version"], ["Roles",
"term"], ["SnapinRegistered", "words"]]]]},
{"key": "updates", "asks": "Which rollup of Exchange is installed, and are the updates for TLS 1.2 there?",
"ask": "updates", "tally": false, "shape": [["ExSetup", "version"], ["WinHttp", "version"], ["WebIo", "version"],
["DotNet35", "words"]]},
{"key": "tls_keys", "asks": "What do the SCHANNEL keys say of TLS 1.0 to 1.2?", "ask": "tls", "tally": false,
"shape": [["Key", "key"], ["Name", "key"], ["Present", "words"], ["Value", "suites"]]},
{"key": "dotnet_tls", "asks": "What do .NET, WinHTTP and the cipher policy have for TLS?", "ask": "dotnet",
"tally": false, "shape": [["Key", "key"], ["Name", "key"], ["Present", "words"], ["Value", "suites"]]},
{"key": "pop3_form", "asks": "How is pop3records.dat encoded, and how do its lines end?", "ask": "pop3",
"tally": false, "shape": [["Bytes", [["Length", "words"], ["FirstBytes", "hexadecimal"], ["Crlf", "words"], ["Lf",
"words"], ["Cr", "words"]]]]},
{"key": "pop3_keys", "asks": "Which keys has an account, in which order, and what does the program name?",
"ask": "pop3", "tally": false, "shape": [["Program", [["Strings", "program"]]], ["Lines", [["Key", "key"],
["ValueLength", "words"], ["Class", "term"], ["Value", "value"], ["Account", "words"]]]]},
{"key": "pop3_access", "asks": "Who owns the accounts file, and who may read it?", "ask": "pop3", "tally": false,
"shape": [["Acl", "term"]]},
{"key": "pop3_service",
"asks": "What is the connector's service called, how does it start, as whom, and what does it need?",
"ask": "pop3", "tally": false, "shape": [["Service", [["Name", "name"], ["Exists", "words"], ["DisplayName",
"name"], ["Status", "term"], ["StartMode", "term"], ["Description", "words"], ["Account", "name"], ["Program",
"path"], ["DependsOn", "name"]]]]},
{"key": "pop3_places", "asks": "Where are the connector's files, log and program?", "ask": "pop3", "tally": false,
"shape": [["Folders", [["Path", "path"], ["Files", [["Name", "file"], ["Length", "words"]]]]]]},
{"key": "pop3_program", "asks": "Which .NET does the connector's program run on?", "ask": "pop3", "tally": false,
"shape": [["Program", [["Exists", "words"], ["FileVersion", "version"], ["Runtime", "runtime"], ["Config",
"words"]]]]},
{"key": "pop3_schedule", "asks": "Where is the interval kept?", "ask": "pop3", "tally": false,
"shape": [["Registry", [["Path", "path"], ["Name", "key"], ["Kind", "term"], ["Value", "value"]]]]},
{"key": "pop3_log", "asks": "What is the connector's log called, and what form have its lines?", "ask": "pop3",
"tally": false, "shape": [["Log", [["Name", "file"], ["Length", "words"], ["Lines", "words"]]]]},
{"key": "collectors", "asks": "Which other programs fetch mail here?", "ask": "services", "tally": false,
"shape": [["Name", "name"], ["DisplayName", "name"], ["Status", "term"], ["StartMode", "term"]]},
{"key": "own_addresses", "asks": "Does WMI tell the server's own addresses with their networks?",
"ask": "addresses", "tally": false, "shape": [["Address", "name"], ["Prefix", "words"]]},
{"key": "events", "asks": "Which events do the connector and Exchange's transport write?", "ask": "events",
"tally": false, "shape": [["Source", "name"], ["Id", "words"], ["Kind", "term"], ["Count", "words"]]},
{"key": "exchange_shell", "asks": "Does Exchange's snap-in load in a network logon, and how long does it take?",
"ask": "server", "tally": false, "shape": [["AdminDisplayVersion", "display_version"], ["ServerRole", "term"],
["Edition", "term"]]},
{"key": "send_connectors", "asks": "What are the send connectors called, and how do their values read?",
"ask": "send", "tally": false, "shape": [["Name", "name"], ["AddressSpaces", "name"], ["SmartHosts", "name"],
["Port", "words"], ["Enabled", "words"], ["DNSRoutingEnabled", "words"], ["SmartHostAuthMechanism", "term"],
["RequireTLS", "words"], ["IgnoreSTARTTLS", "words"], ["TlsAuthLevel", "term"], ["MaxMessageSize", "size"],
["ConnectionInactivityTimeOut", "span"], ["SmtpMaxMessagesPerConnection", "number"], ["ProtocolLoggingLevel",
"term"], ["ErrorPolicies", "term"], ["DomainSecureEnabled", "words"], ["SourceIPAddress", "name"],
["SourceTransportServers", "name"], ["Fqdn", "name"], ["IsScopedConnector", "words"]]},
{"key": "receive_connectors", "asks": "What are the receive connectors called, and whom do they let in?",
"ask": "receive", "tally": false, "shape": [["Name", "name"], ["Bindings", "name"], ["RemoteIPRanges", "name"],
["PermissionGroups", "term"], ["AuthMechanism", "term"], ["MaxMessageSize", "size"], ["ProtocolLoggingLevel",
"term"], ["Enabled", "words"], ["Fqdn", "name"], ["RequireTLS", "words"], ["TarpitInterval", "span"]]},
{"key": "recipient_filter", "asks": "What is the recipient filter like before anybody has changed it?",
"ask": "filter", "tally": false, "shape": [["Enabled", "words"], ["RecipientValidationEnabled", "words"],
["ExternalMailEnabled", "words"]]},
{"key": "transport_settings", "asks": "What are the retry and connection limits, and where is the protocol log?",
"ask": "transport", "tally": false, "shape": [["MessageRetryInterval", "span"], ["TransientFailureRetryCount",
"words"], ["TransientFailureRetryInterval", "span"], ["OutboundConnectionFailureRetryInterval", "span"],
["MessageExpirationTimeout", "span"], ["DelayNotificationTimeout", "span"], ["QueueMaxIdleTime", "span"],
["MaxOutboundConnections", "number"], ["MaxPerDomainOutboundConnections", "number"], ["MessageTrackingLogEnabled",
"words"], ["MessageTrackingLogMaxAge", "span"], ["SendProtocolLogPath", "path"]]},
{"key": "queues", "asks": "Can the queues be read, and how do they and their errors read?", "ask": "queues",
"tally": false, "shape": [["Identity", "name"], ["DeliveryType", "term"], ["NextHopDomain", "name"], ["Status",
"term"], ["MessageCount", "words"], ["LastError", "words"]]},
{"key": "policies", "asks": "What is SBS's e-mail address policy called, and how do templates and filters read?",
"ask": "policies", "tally": false, "shape": [["Name", "name"], ["Priority", "term"],
["EnabledEmailAddressTemplates", "name"], ["RecipientFilter", "term"], ["IncludedRecipients", "term"]]},
{"key": "accepted_domains", "asks": "Which kinds of accepted domains are there?", "ask": "domains", "tally": false,
"shape": [["DomainName", "name"], ["DomainType", "term"], ["Default", "words"]]},
{"key": "recipients", "asks": "What does Get-Recipient show, and which kinds of recipients are there?",
"ask": "recipients", "tally": true, "shape": [["RecipientType", "term"], ["RecipientTypeDetails", "term"],
["EmailAddressPolicyEnabled", "words"], ["ExchangeVersion", "object_version"]]},
{"key": "agents", "asks": "Which transport agents are there?", "ask": "agents", "tally": false,
"shape": [["Identity", "name"], ["Enabled", "words"]]},
{"key": "tracking", "asks": "Which events does message tracking write, with which source, connector and sender?",
"ask": "tracking", "tally": false, "shape": [["EventId", "term"], ["Source", "term"], ["ConnectorId", "name"],
["Count", "words"], ["EmptySenders", "words"]]},
{"key": "shell_memory", "asks": "How much memory does a process need that has loaded Exchange?", "ask": "memory",
"tally": false, "shape": [["PeakMegabytes", "words"], ["PrivateMegabytes", "words"]]}
]
}
'@
# The agent: runs the steps of one request on the host and writes one reply (docs/wire.md). This is its first part; the
# others follow it as one text, in the order of plugins/plugin_utils/agent/parts.py.
# Written for Windows PowerShell 2.0 on .NET 3.5, where most hosts of its kind stand still; runs on 5.1 and 7 by the
# same road. It knows no policy: what to change is decided by the controller.
$AgentVersion = '0.1.0'
# The only cmdlets that a request may name, each with the parameters that it gets where the request is silent.
$ExchangeCommands = @{
    'Get-ExchangeServer'   = @{ }
    'Get-SendConnector'    = @{ }
    'Get-TransportServer'  = @{ }
    # The connectors by which mail comes in, who may relay by them, and whose recipients are known.
    'Get-ReceiveConnector'      = @{ }
    'Get-RecipientFilterConfig' = @{ }
    # The queues.
    'Get-Queue'            = @{ ResultSize = 'Unlimited' }
    # The addresses with which mail leaves.
    'Get-AcceptedDomain'           = @{ }
    'Get-EmailAddressPolicy'       = @{ }
    'Get-Recipient'                = @{ ResultSize = 'Unlimited' }
    'Get-TransportAgent'           = @{ }
}
# The agent's own functions that a request may name: each part that was sent adds its own.
$OwnCommands = New-Object System.Collections.ArrayList
# Those of them that use Exchange cmdlets, each with the cmdlets.
$NeedsExchange = @{ }
# A hardened host logs what cmdlets are given (event 4103), in the clear: no secret, and nothing that a host or a server
# says before Hide-Secret, ever passes a pipeline or a parameter of a cmdlet, New-Object included. Functions are not logged.
$Secrets = @{ }
$Hidden = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
$Warnings = New-Object System.Collections.ArrayList
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture
# Where the agent itself says no: the code travels in the exception's data and ends in the reply.
function Stop-Step([string] $Code, [string] $Message) {
    $refusal = [System.InvalidOperationException] $Message
    $refusal.Data['code'] = $Code
    throw $refusal
}
# What may never be said: as it is, and in the form in which a mail server is told it. Longest first, since one may
# begin another.
function Add-Hidden([string] $Secret) {
    if (-not $Secret) { return }
    foreach ($form in @($Secret, (ConvertTo-Base64 $Secret))) {
        $Hidden[('{0:d10}' -f (2147483647 - $form.get_Length())) + $form] = $form
    }
}
# Hosts like to repeat what they were given.
function Hide-Secret([string] $Text) {
    foreach ($secret in @($Hidden.get_Values())) { $Text = $Text.Replace([string] $secret, '********') }
    return $Text
}
function ConvertTo-Base64([string] $Text) {
    return [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($Text))
}
function Add-Warning([string] $Text) {
    [void] $Warnings.Add((Hide-Secret $Text))
}
function New-Refusal([string] $Code, [string] $Message) {
    return @{ message = (Hide-Secret $Message); type = $null; category = $null; error_id = $null; code = $Code }
}
function ConvertTo-StepError($Record) {
    $code = $Record.Exception.Data['code']
    if ($code) { return (New-Refusal $code $Record.Exception.Message) }
    return @{
        message  = Hide-Secret $Record.Exception.Message
        type     = $Record.Exception.GetType().FullName
        category = $Record.CategoryInfo.Category.ToString()
        error_id = Hide-Secret $Record.FullyQualifiedErrorId
        code     = $null
    }
}
# JSON, read and written.
# ---- in --------------------------------------------------------------------------------------------------------------
# The one JSON reader and writer that .NET 3.5 and .NET 10 share. 3.5 does not load its assemblies by itself; where
# they are part of something else nothing is found, and nothing is missing.
function Import-JsonReader {
    [void] [System.Reflection.Assembly]::LoadWithPartialName('System.Runtime.Serialization')
    [void] [System.Reflection.Assembly]::LoadWithPartialName('System.ServiceModel.Web')
}
function ConvertFrom-JsonText([string] $Text) {
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    $quotas = [System.Xml.XmlDictionaryReaderQuotas]::Max
    $reader = [System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonReader($bytes, $quotas)
    [void] $reader.MoveToContent()
    return (Read-JsonValue $reader)
}
# The reader shows JSON as XML: every element says its type, and a list comes back behind a comma so that PowerShell
# does not unroll it on the way.
function Read-JsonValue($Reader) {
    $type = $Reader.GetAttribute('type')
    if ($type -eq 'object') { return (Read-JsonObject $Reader) }
    if ($type -eq 'array') { return , (Read-JsonArray $Reader) }
    $text = $Reader.ReadElementContentAsString()
    if ($type -eq 'null') { return $null }
    if ($type -eq 'boolean') { return ($text -eq 'true') }
    if ($type -eq 'number') { return (ConvertFrom-JsonNumber $text) }
    return $text
}
function Read-JsonObject($Reader) {
    $table = @{ }
    $Reader.ReadStartElement()
    while ($Reader.MoveToContent() -eq [System.Xml.XmlNodeType]::Element) {
        # A key that is no XML name ("$secret") arrives as <a:item item="$secret">.
        $key = $Reader.GetAttribute('item')
        if ($null -eq $key) { $key = $Reader.LocalName }
        $table[$key] = Read-JsonValue $Reader
    }
    $Reader.ReadEndElement()
    return $table
}
function Read-JsonArray($Reader) {
    $items = New-Object System.Collections.ArrayList
    $Reader.ReadStartElement()
    while ($Reader.MoveToContent() -eq [System.Xml.XmlNodeType]::Element) {
        [void] $items.Add((Read-JsonValue $Reader))
    }
    $Reader.ReadEndElement()
    return , $items.ToArray()
}
function ConvertFrom-JsonNumber([string] $Text) {
    if ($Text -match '^-?[0-9]{1,9}$') { return [System.Convert]::ToInt32($Text, $Invariant) }
    if ($Text -match '^-?[0-9]{1,18}$') { return [System.Convert]::ToInt64($Text, $Invariant) }
    return [System.Convert]::ToDouble($Text, $Invariant)
}
# ---- out -------------------------------------------------------------------------------------------------------------
function ConvertTo-JsonText($Value) {
    $memory = New-Object System.IO.MemoryStream
    $writer = [System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonWriter($memory)
    $writer.WriteStartElement('root')
    Write-JsonValue $writer $Value
    $writer.WriteEndElement()
    $writer.Flush()
    return (ConvertTo-AsciiText ([System.Text.Encoding]::UTF8.GetString($memory.ToArray())))
}
# One Replace per distinct character is quick, whatever the length of the text.
function ConvertTo-AsciiText([string] $Text) {
    $odd = New-Object System.Text.RegularExpressions.Regex('[^\x00-\x7F]')
    $match = $odd.Match($Text)
    while ($match.Success) {
        $Text = $Text.Replace($match.Value, ('\u{0:x4}' -f [int] [char] $match.Value))
        $match = $odd.Match($Text, $match.Index)
    }
    return $Text
}
function Write-JsonValue($Writer, $Value) {
    if ($null -eq $Value) { Write-JsonScalar $Writer 'null' '' }
    elseif ($Value -is [string]) { Write-JsonScalar $Writer 'string' $Value }
    elseif ($Value -is [bool]) { Write-JsonScalar $Writer 'boolean' $Value.ToString().ToLowerInvariant() }
    elseif ($Value -is [System.Collections.IDictionary]) { Write-JsonObject $Writer $Value }
    elseif ($Value -is [System.Collections.IEnumerable]) { Write-JsonArray $Writer $Value }
    else { Write-JsonScalar $Writer 'number' ([System.Convert]::ToString($Value, $Invariant)) }
}
function Write-JsonScalar($Writer, [string] $Type, [string] $Text) {
    $Writer.WriteAttributeString('type', $Type)
    if ($Type -ne 'null') { $Writer.WriteString($Text) }
}
function Write-JsonObject($Writer, $Table) {
    $Writer.WriteAttributeString('type', 'object')
    foreach ($key in @($Table.get_Keys())) {
        # The form that takes any key, XML name or not.
        $Writer.WriteStartElement('a', 'item', 'item')
        $Writer.WriteAttributeString('item', [string] $key)
        Write-JsonValue $Writer $Table[$key]
        $Writer.WriteEndElement()
    }
}
function Write-JsonArray($Writer, $Items) {
    $Writer.WriteAttributeString('type', 'array')
    foreach ($item in @($Items)) {
        $Writer.WriteStartElement('item')
        Write-JsonValue $Writer $item
        $Writer.WriteEndElement()
    }
}
# An object's values in the wire's forms.
$NumberTypes = @('SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64', 'Single', 'Double',
    'Decimal')
# bool, number, string, $null, list and table come back as they are, everything else as a string. Sizes, time spans,
# addresses and enumerations say themselves what they are.
function ConvertTo-WireValue($Value) {
    if ($null -eq $Value) { return $null }
    if (($Value -is [bool]) -or (Test-Number $Value)) { return $Value }
    if ($Value -is [datetime]) { return (ConvertTo-WireTime $Value) }
    # Only the login name, and only like this: GetNetworkCredential() of PowerShell 2.0 splits info@beispiel.de.
    if (Test-Credential $Value) { return @{ UserName = $Value.UserName } }
    if ($Value -is [System.Collections.IDictionary]) { return (ConvertTo-WireTable $Value) }
    if (($Value -is [string]) -or -not ($Value -is [System.Collections.IEnumerable])) { return $Value.ToString() }
    return , (ConvertTo-WireList $Value)
}
# One that came through a session is a table of its properties, with its type's name in front.
function Test-Credential($Value) {
    if ($Value -is [System.Management.Automation.PSCredential]) { return $true }
    return (@($Value.PSObject.TypeNames) -contains 'Deserialized.System.Management.Automation.PSCredential')
}
# Enumerations are numbers underneath but must show their names; those that came through a session are plain numbers
# with a name to show, and betray themselves by their type names only.
function Test-Number($Value) {
    if (($Value -is [System.Enum]) -or -not ($Value -is [System.ValueType])) { return $false }
    if (@($Value.PSObject.TypeNames) -contains 'Deserialized.System.Enum') { return $false }
    return ($NumberTypes -contains [System.Type]::GetTypeCode($Value.GetType()).ToString())
}
function ConvertTo-WireTime($Time) {
    return $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", $Invariant)
}
function ConvertTo-WireTable($Table) {
    $plain = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($key in @($Table.get_Keys())) { $plain[[string] $key] = ConvertTo-WireValue $Table[$key] }
    return $plain
}
function ConvertTo-WireList($List) {
    $plain = New-Object System.Collections.ArrayList
    foreach ($item in @($List)) { [void] $plain.Add((ConvertTo-WireValue $item)) }
    return , $plain.ToArray()
}
# One unreadable property is no reason to lose the object.
function Select-Property($Object, $Names) {
    $row = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($name in @($Names)) {
        $row[$name] = $null
        try { $row[$name] = ConvertTo-WireValue (Get-Property $Object $name) }
        catch { Add-Warning "The property $name could not be read: $($_.Exception.Message)" }
    }
    return $row
}
function Get-Property($Object, [string] $Name) {
    if ($Object -is [System.Collections.IDictionary]) { return , $Object[$Name] }
    # Through the list of properties, since a missing one is no error. Called as a method: newer PowerShells pass over
    # in silence what .Value cannot read. The comma keeps a list whole.
    $property = $Object.PSObject.Properties[$Name]
    if ($null -ne $property) { return , $property.get_Value() }
}
# The parameters of a step: what stands for a secret or a login becomes one, and what no function may be given.
function Resolve-Value($Value) {
    if ($Value -is [System.Collections.IDictionary]) {
        if ($Value.Contains('$secret')) { return (Get-Secret $Value['$secret']) }
        if ($Value.Contains('$credential')) { return (New-Credential $Value['$credential']) }
        return (Resolve-Table $Value)
    }
    if ($Value -is [System.Array]) { return , (Resolve-List $Value) }
    return $Value
}
function Resolve-Table($Table) {
    $resolved = @{ }
    foreach ($key in @($Table.get_Keys())) { $resolved[$key] = Resolve-Value $Table[$key] }
    return $resolved
}
function Resolve-List($List) {
    $resolved = New-Object System.Collections.ArrayList
    foreach ($item in @($List)) { [void] $resolved.Add((Resolve-Value $item)) }
    return , $resolved.ToArray()
}
function Get-Secret([string] $Name) {
    if (-not $Secrets.ContainsKey($Name)) {
        Stop-Step 'parameter_unreadable' "A parameter names the secret '$Name', which the request does not hold."
    }
    return $Secrets[$Name]
}
function New-Credential($Parts) {
    $password = New-Object System.Security.SecureString
    $clear = [string] (Resolve-Value $Parts['password'])
    Add-Hidden $clear
    foreach ($character in @($clear.ToCharArray())) { $password.AppendChar($character) }
    return (New-Object System.Management.Automation.PSCredential($Parts['username'], $password))
}
# A line break in a value would be a command of its own on the wire.
function Assert-OneLine($Values) {
    foreach ($name in @($Values.get_Keys())) {
        if ($Values[$name] -match '\p{Cc}') {
            Stop-Step 'parameter_unreadable' "$name holds a control character, which no line may hold."
        }
    }
}
function Assert-Range([string] $Name, [int] $Value, [int] $Lowest, [int] $Highest) {
    if (($Value -lt $Lowest) -or ($Value -gt $Highest)) {
        Stop-Step 'parameter_unreadable' "$Name is $Value; it must be from $Lowest through $Highest."
    }
}
# Reading the host: what it does not tell is null.
# A registry key's values, or nothing.
function Get-RegistryKey([string] $Path) {
    return (Get-ItemProperty -Path ('HKLM:\' + $Path) -ErrorAction SilentlyContinue)
}
# The first of a class, or of those that the filter names.
function Get-WmiInstance([string] $Class, [string] $Filter) {
    $asked = @{ Class = $Class; ErrorAction = 'Stop' }
    if ($Filter) { $asked['Filter'] = $Filter }
    try { return (Get-WmiObject @asked | Select-Object -First 1) }
    catch { Add-Warning "$Class could not be read: $($_.Exception.Message)" }
}
function Get-HostFqdn($Network) {
    if ($Network.Domain) { return ($Network.Hostname + '.' + $Network.Domain).ToLowerInvariant() }
    return $Network.Hostname
}
# The Exchange shell: what is installed here, and loading it.
$Snapin = 'Microsoft.Exchange.Management.PowerShell.E2010'
function Test-SnapinRegistered {
    try { return [bool] (Get-PSSnapin -Registered -Name $Snapin -ErrorAction SilentlyContinue) }
    catch { Add-Warning "The registered snap-ins could not be read: $($_.Exception.Message)" }
    return $false
}
# The newest Exchange server that set itself up here: 'v15' (2013 and later), 'v14' (2010) or nothing.
function Get-ExchangeKey {
    foreach ($key in @('v15', 'v14')) {
        if (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup") { return $key }
    }
}
function Get-ExchangeRoles([string] $Key) {
    $roles = New-Object System.Collections.ArrayList
    foreach ($role in @('ClientAccess', 'EdgeTransport', 'HubTransport', 'Mailbox', 'UnifiedMessaging')) {
        if (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$Key\${role}Role") { [void] $roles.Add($role) }
    }
    return , $roles.ToArray()
}
function Get-ExchangeFacts {
    $registered = Test-SnapinRegistered
    $key = Get-ExchangeKey
    $facts = @{ Installed = $false; Major = $null; Minor = $null; Build = $null; Roles = @() }
    $facts['SnapinRegistered'] = $registered
    if ($key) {
        $setup = Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup"
        $facts['Installed'] = $true
        $facts['Major'] = $setup.MsiProductMajor
        $facts['Minor'] = $setup.MsiProductMinor
        $build = @($setup.MsiProductMajor, $setup.MsiProductMinor, $setup.MsiBuildMajor, $setup.MsiBuildMinor)
        $facts['Build'] = $build -join '.'
        $facts['Roles'] = Get-ExchangeRoles $key
    }
    return $facts
}
$Exchange = @{ Tried = $false; Failure = $null; Session = $null }
# Once per request; a second step that needs the shell hears the same reason.
function Import-Exchange($Request) {
    if ($Exchange['Failure']) { throw $Exchange['Failure'] }
    if ($Exchange['Tried']) { return }
    $Exchange['Tried'] = $true
    try {
        Assert-Exchange $Request['exchange']
        if ($Request['exchange'] -eq 'endpoint') { Import-ExchangeEndpoint $Request['endpoint'] $Request['steps'] }
        else { Import-ExchangeSnapin }
    }
    catch {
        $Exchange['Failure'] = $_.Exception
        throw
    }
}
# Microsoft warns of damage where the snap-in is loaded beside Exchange 2013 or later: look before anything is loaded.
function Assert-Exchange([string] $Way) {
    $found = Get-ExchangeFacts
    if ($found['Installed'] -and ($found['Major'] -ne 14)) {
        Stop-Step 'exchange_too_new' "Exchange $($found['Build']) is 2013 or later: its snap-in must not be loaded."
    }
    if (-not $found['Installed']) { Stop-Step 'exchange_missing' 'No Exchange 2010 server is installed here.' }
    if (($Way -eq 'snapin') -and -not $found['SnapinRegistered']) {
        Stop-Step 'exchange_missing' "The snap-in $Snapin is not registered here for this PowerShell."
    }
    if ($Way -eq 'snapin') { Assert-OldRuntime }
    if (@('snapin', 'endpoint') -notcontains $Way) {
        Stop-Step 'exchange_not_loaded' 'The request does not ask for the Exchange shell.'
    }
}
# WMF 3.0 and later run on the CLR 4, into which the snap-in of Exchange 2010 cannot be loaded as a whole.
function Assert-OldRuntime {
    $runtime = (Get-Variable -Name 'PSVersionTable' -ValueOnly)['CLRVersion']
    if (($null -ne $runtime) -and ((Get-Property $runtime 'Major') -ge 4)) {
        Stop-Step 'snapin_needs_old_runtime' "PowerShell runs on the CLR $runtime, Exchange 2010's snap-in on 2.0."
    }
}
function Import-ExchangeSnapin {
    try { Add-PSSnapin -Name $Snapin -ErrorAction Stop }
    catch { Stop-Step 'exchange_not_loaded' "The snap-in $Snapin could not be loaded: $($_.Exception.Message)" }
}
# The Exchange cmdlets that a step calls.
function Get-ExchangeCommands([string] $Command) {
    if ($NeedsExchange.ContainsKey($Command)) { return $NeedsExchange[$Command] }
    if ($ExchangeCommands.ContainsKey($Command)) { return $Command }
}
# Steps: each a command, its output and how it ended.
function New-Result($Id, [string] $Status) {
    return @{ id = $Id; status = $Status; output = @(); error = $null; ms = 0 }
}
function Invoke-Step($Request, $Step) {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $result = New-Result $Step['id'] 'done'
    try { $result['output'] = Get-StepOutput $Request $Step }
    catch {
        $result['status'] = 'failed'
        $result['error'] = ConvertTo-StepError $_
    }
    $result['ms'] = $watch.ElapsedMilliseconds
    return $result
}
function Get-StepOutput($Request, $Step) {
    $command = $Step['command']
    $given = @{ }
    if ($Step['parameters']) { $given = Resolve-Table $Step['parameters'] }
    if (Test-NeedsExchange $Step) { Import-Exchange $Request }
    if ($ExchangeCommands.ContainsKey($command)) { $given = Join-Defaults $given $ExchangeCommands[$command] }
    $rows = New-Object System.Collections.ArrayList
    Invoke-Listed $command $given | Add-Row $rows $Step['select']
    return , $rows.ToArray()
}
# Each object is let go as soon as its values are taken: what Exchange makes of 3,000 recipients does not fit the memory of
# a shell at once. A function, since what passes a cmdlet may be logged.
function Add-Row($Rows, $Names) {
    process {
        if (($null -ne $_) -and $Names) { [void] $Rows.Add((Select-Property $_ $Names)) }
    }
}
function Join-Defaults($Given, $Defaults) {
    foreach ($name in @($Defaults.get_Keys())) {
        if (-not $Given.ContainsKey($name)) { $Given[$name] = $Defaults[$name] }
    }
    $Given['ErrorAction'] = 'Stop'
    $Given['WarningAction'] = 'SilentlyContinue'
    $Given['WarningVariable'] = 'said'
    return $Given
}
# The only place where a name out of the request is called; Assert-Commands has seen it.
function Invoke-Listed([string] $Command, $Given) {
    $said = @()
    try { & $Command @Given }
    finally {
        foreach ($warning in @($said)) { if ($null -ne $warning) { Add-Warning $warning.ToString() } }
    }
}
function Test-NeedsExchange($Step) {
    return (@(Get-ExchangeCommands $Step['command']).Count -gt 0)
}
# Which host this is, and what runs on it.
[void] $OwnCommands.Add('Get-HostFacts')
function Get-HostFacts {
    [CmdletBinding()]
    param()
    $system = Get-WmiInstance 'Win32_OperatingSystem'
    $network = Get-RegistryKey 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
    $zone = Get-RegistryKey 'SYSTEM\CurrentControlSet\Control\TimeZoneInformation'
    return @{
        ComputerName = $env:COMPUTERNAME
        Fqdn         = Get-HostFqdn $network
        Domain       = $network.Domain
        Windows      = Get-WindowsFacts $system
        PowerShell   = @{
            Version = $PSVersionTable.PSVersion.ToString()
            Clr     = [System.Environment]::Version.ToString()
        }
        Exchange     = Get-ExchangeFacts
        Clock        = @{
            Utc              = Get-HostClock $system
            TimeZone         = $zone.TimeZoneKeyName
            UtcOffsetMinutes = $system.CurrentTimeZone
        }
        WinRM        = @{ MaxMemoryPerShellMB = Get-ShellMemory }
    }
}
function Get-WindowsFacts($System) {
    $language = $null
    if ($null -ne $System.OSLanguage) { $language = '{0:x4}' -f [int] $System.OSLanguage }
    return @{
        Version      = $System.Version
        Caption      = $System.Caption
        ServicePack  = $System.ServicePackMajorVersion
        Architecture = $System.OSArchitecture
        Sku          = $System.OperatingSystemSKU
        SuiteMask    = $System.OSProductSuite
        Language     = $language
    }
}
# Where WMI is damaged, PowerShell knows the time as well.
function Get-HostClock($System) {
    $time = ConvertFrom-WmiTime $System.LocalDateTime
    if ($null -eq $time) { return (Get-Date).ToUniversalTime() }
    return $time
}
# The WMI form of a time, 20261124213936.123456+060, as UTC.
function ConvertFrom-WmiTime([string] $Text) {
    if (-not ($Text -match '^([0-9]{14})\.[0-9]{6}([+-][0-9]{3})$')) { return $null }
    $local = [datetime]::ParseExact($matches[1], 'yyyyMMddHHmmss', $Invariant)
    return [datetime]::SpecifyKind($local.AddMinutes(-[int] $matches[2]), [System.DateTimeKind]::Utc)
}
# Files: where one is, its bytes while others write to it, and their digest.
# ProgramW6432 is the native folder also where PowerShell is a 32-bit one.
function Get-ServerFolder {
    $programs = $env:ProgramW6432
    if (-not $programs) { $programs = $env:ProgramFiles }
    return ($programs + '\Windows Small Business Server')
}
# A file by its folder and name. Cut here and not by .NET, which knows the backslash on Windows only.
function Get-Place([string] $Name, [string] $Path) {
    if (($Path -match '\p{Cc}') -or -not ($Path -match '\A(.*[^:\\/])[\\/]([^:\\/]+)\z')) {
        Stop-Step 'parameter_unreadable' "$Name is no path of a file in a folder."
    }
    return @{ Path = $Path; Folder = $matches[1]; Name = $matches[2]; File = Join-Place $matches[1] $matches[2] }
}
function Join-Place([string] $Folder, [string] $Name) {
    return [System.IO.Path]::Combine($Folder, $Name)
}
# The files of a folder by a pattern, oldest first; none where there is no folder.
function Get-FolderFiles([string] $Folder, [string] $Pattern) {
    $found = New-Object System.IO.DirectoryInfo($Folder)
    if (-not $found.Exists) { return }
    $files = @($found.GetFiles() | Where-Object { $_.Name -like $Pattern })
    return @($files | Sort-Object -Property LastWriteTimeUtc, Name)
}
function Get-FileFacts($File) {
    return @{ Name = $File.Name; Length = $File.get_Length(); LastWriteTime = $File.LastWriteTimeUtc }
}
# Whoever else has it open may go on. That it is locked is what a plain IOException means here: a missing file and a
# denied access have types of their own.
function Open-SharedFile([string] $File) {
    $open = [System.IO.FileMode]::Open
    $share = [System.IO.FileShare]::ReadWrite
    try { return (New-Object System.IO.FileStream($File, $open, [System.IO.FileAccess]::Read, $share)) }
    catch {
        $base = $_.Exception.GetBaseException()
        if ($base.GetType().FullName -ne 'System.IO.IOException') { throw }
        Stop-Step 'pop3_file_locked' "The file cannot be opened: $($base.Message)"
    }
}
# A list of bytes goes behind a comma wherever it is returned: PowerShell would unroll it.
function Read-SharedFile([string] $File) {
    $stream = Open-SharedFile $File
    try { return , (Read-Rest $stream) }
    finally { $stream.Close() }
}
function Read-Rest($Stream) {
    $buffer = [System.Array]::CreateInstance([byte], 65536)
    $all = New-Object System.IO.MemoryStream
    while (($count = $Stream.Read($buffer, 0, 65536)) -gt 0) { $all.Write($buffer, 0, $count) }
    return , $all.ToArray()
}
function Get-FirstBytes($Bytes) {
    return [System.BitConverter]::ToString($Bytes, 0, [System.Math]::Min(4, $Bytes.GetLength(0))).Replace('-', '')
}
function Get-Sha256($Bytes) {
    $digest = [System.Security.Cryptography.SHA256]::Create().ComputeHash($Bytes)
    return [System.BitConverter]::ToString($digest).Replace('-', '').ToLowerInvariant()
}
function Get-Pop3Place([string] $Path) {
    if (-not $Path) { $Path = (Get-ServerFolder) + '\Data\pop3records.dat' }
    return (Get-Place 'Path' $Path)
}
function Get-Pop3Backups($Place) {
    $name = [System.Management.Automation.WildcardPattern]::Escape($Place['Name'])
    $found = @(Get-FolderFiles $Place['Folder'] "$name.*.bak")
    # By their names, which tell when each was made: their times tell when the file was last written to before that.
    return @($found | Sort-Object -Property { $_.Name -replace 'Z\.bak\z', 'Z_1.bak' })
}
# Bytes, Text and how they belong together: Text begins after Mark bytes, and each of its characters is Unit bytes.
function Read-Pop3File($Place) {
    $bytes = Read-SharedFile $Place['File']
    $file = Get-Pop3Encoding $bytes
    $file['Bytes'] = $bytes
    try { $file['Text'] = Get-Pop3Text $file }
    catch {
        $names = @(Get-Pop3Backups $Place | ForEach-Object { $_.Name }) -join ', '
        Stop-Step 'pop3_file_unreadable' "The file is not what its byte order mark says. Backups beside it: $names"
    }
    return $file
}
# The encodings are the strict ones, which refuse what they could not write again.
function Get-Pop3Encoding($Bytes) {
    $first = Get-FirstBytes $Bytes
    $big = $first -match '\A(0000)?FEFF'
    if (@('FFFE0000', '0000FEFF') -contains $first) {
        return @{ Mark = 4; Unit = 4; Encoding = New-Object System.Text.UTF32Encoding($big, $false, $true) }
    }
    if ($first -match '\A(FFFE|FEFF)') {
        return @{ Mark = 2; Unit = 2; Encoding = New-Object System.Text.UnicodeEncoding($big, $false, $true) }
    }
    $strict = New-Object System.Text.UTF8Encoding($false, $true)
    if ($first.StartsWith('EFBBBF')) { return @{ Mark = 3; Unit = 1; Encoding = $strict } }
    try { [void] $strict.GetCharCount($Bytes) }
    catch { $strict = [System.Text.Encoding]::GetEncoding(28591) }
    return @{ Mark = 0; Unit = 1; Encoding = $strict }
}
# Of single bytes each is a character (28591 is Latin-1), whatever they mean: keys are found alike in UTF-8 and in any
# ANSI code page. Of four bytes each is one as well, also where .NET makes two of them.
function Get-Pop3Text($File) {
    $size = $File['Bytes'].GetLength(0) - $File['Mark']
    if ($size % $File['Unit']) { throw 'It ends within a character.' }
    $text = $File['Encoding'].GetString($File['Bytes'], $File['Mark'], $size)
    if ($File['Unit'] -eq 4) { return ($text -replace '[\uD800-\uDBFF][\uDC00-\uDFFF]', [string] [char] 0xFFFD) }
    if ($File['Unit'] -eq 2) { return $text }
    return [System.Text.Encoding]::GetEncoding(28591).GetString($File['Bytes'], $File['Mark'], $size)
}
# Every match of a pattern in the text, in order.
function Find-Pop3Matches($File, [string] $Pattern) {
    $regex = New-Object System.Text.RegularExpressions.Regex($Pattern)
    $match = $regex.Match($File['Text'])
    while ($match.Success) {
        $match
        $match = $match.NextMatch()
    }
}
# Where a group of a match stands, in bytes.
function Get-Pop3Slice($File, $Group) {
    $offset = $File['Mark'] + $Group.Index * $File['Unit']
    return @{ Offset = $offset; Length = $Group.get_Length() * $File['Unit'] }
}
function Get-SliceText($File, $Slice) {
    return $File['Encoding'].GetString($File['Bytes'], $Slice['Offset'], $Slice['Length'])
}
function Copy-Slice($File, $Slice) {
    $piece = [System.Array]::CreateInstance([byte], $Slice['Length'])
    [System.Array]::Copy($File['Bytes'], $Slice['Offset'], $piece, 0, $Slice['Length'])
    return , $piece
}
# Its own characters only: the name becomes part of a pattern and of a query.
function Get-Pop3ServiceName([string] $Service) {
    if (-not $Service) { return 'pop3connector' }
    if ($Service -match '[\p{Cc}*?''"\[\]\\/%`]') { Stop-Step 'parameter_unreadable' 'Service is no name of one.' }
    return $Service
}
# The service, or nothing.
function Find-Pop3Controller([string] $Service) {
    $name = Get-Pop3ServiceName $Service
    $found = @(Get-Service -Name $name -ErrorAction SilentlyContinue | Where-Object { $_.Name -eq $name })
    return ($found | Select-Object -First 1)
}
# Status and mode as Windows names them, in no language.
function Get-Pop3ServiceFacts([string] $Service) {
    $controller = Find-Pop3Controller $Service
    $facts = @{ Name = Get-Pop3ServiceName $Service; Exists = $false; DisplayName = $null; Status = $null }
    $facts['StartMode'] = $null
    if ($null -eq $controller) { return $facts }
    $facts['Exists'] = $true
    $facts['Name'] = $controller.Name
    $facts['DisplayName'] = $controller.DisplayName
    $facts['Status'] = $controller.Status.ToString()
    $facts['StartMode'] = (Get-ServiceInstance $controller.Name).StartMode
    return $facts
}
function Get-ServiceInstance([string] $Name) {
    $filter = "Name='$Name'"
    try { return (Get-WmiObject -Class 'Win32_Service' -Filter $filter -ErrorAction Stop | Select-Object -First 1) }
    catch { Add-Warning "The service $Name could not be read in WMI: $($_.Exception.Message)" }
}
# Who owns the POP3 connector's file and who may read it.
function Get-FileAcl([string] $File) {
    return (Get-Acl -Path ([System.Management.Automation.WildcardPattern]::Escape($File)))
}
# Bytes that are looked at of a log, which may be of any size.
$LogTail = 1048576
function Get-Pop3Program([string] $Program) {
    if (-not $Program) { $Program = (Get-ServerFolder) + '\Bin\Pop3Connector.exe' }
    return (Get-Place 'Program' $Program)
}
function Read-Pop3Log {
    [CmdletBinding()]
    param([string] $Folder, [int] $Lines = 50)
    $Folder = Get-Pop3LogFolder $Folder
    Assert-Range 'Lines' $Lines 1 1000
    $log = @{ Folder = $Folder; Name = $null; LastWriteTime = $null; Length = $null; Lines = @() }
    $newest = Get-NewestLog $Folder
    if ($null -eq $newest) { return $log }
    $log['Name'] = $newest.Name
    $log['LastWriteTime'] = $newest.LastWriteTimeUtc
    $tail = Read-FileTail (Join-Place $Folder $newest.Name)
    $log['Length'] = $tail['Length']
    $found = @(Get-TailLines $tail)
    $count = @($found).Count
    $log['Lines'] = Get-HiddenLines $found ([System.Math]::Max(0, $count - $Lines)) $count
    return $log
}
function Get-Pop3LogFolder([string] $Folder) {
    if (-not $Folder) { $Folder = (Get-ServerFolder) + '\Logs\pop3connector' }
    Assert-OneLine @{ Folder = $Folder }
    return $Folder
}
function Get-NewestLog([string] $Folder) {
    $newest = Get-FolderFiles $Folder '*.log' | Select-Object -Last 1
    return $newest
}
# The lines from one on and before another.
function Get-HiddenLines($Lines, [int] $From, [int] $To) {
    $shown = New-Object System.Collections.ArrayList
    for ($i = $From; $i -lt $To; $i++) { [void] $shown.Add((Hide-Secret $Lines[$i])) }
    return , $shown.ToArray()
}
# The last bytes of a file that may be open and growing, and the first ones, which may tell the encoding.
function Read-FileTail([string] $File) {
    $stream = Open-SharedFile $File
    try {
        $length = $stream.get_Length()
        $first = [System.Array]::CreateInstance([byte], [int] [System.Math]::Min(4, $length))
        [void] $stream.Read($first, 0, $first.GetLength(0))
        # Even, so that no character of two bytes is cut in two.
        $from = [System.Math]::Max(0, $length - $LogTail)
        $from = $from - $from % 4
        [void] $stream.Seek($from, [System.IO.SeekOrigin]::Begin)
        return @{ Length = $length; From = $from; First = $first; Bytes = Read-Rest $stream }
    }
    finally { $stream.Close() }
}
function Get-TailLines($Tail) {
    $text = (ConvertFrom-TailBytes $Tail) -replace '\A\uFEFF', ''
    $lines = @($text -split '\r\n|\r|\n')
    # What stands before the first line break of a cut file is no whole line; what stands after the last is one, unless
    # it is empty.
    $first = 0
    if ($Tail['From'] -gt 0) { $first = 1 }
    $count = @($lines).Count
    if (($count -gt $first) -and ($lines[$count - 1] -eq '')) { $count-- }
    for ($i = $first; $i -lt $count; $i++) { $lines[$i] }
}
# By its byte order mark, else as UTF-8 where it is that, else byte by byte.
function ConvertFrom-TailBytes($Tail) {
    $first = Get-FirstBytes $Tail['First']
    if ($first.StartsWith('FFFE')) { return [System.Text.Encoding]::Unicode.GetString($Tail['Bytes']) }
    if ($first.StartsWith('FEFF')) { return [System.Text.Encoding]::BigEndianUnicode.GetString($Tail['Bytes']) }
    $begin = 0
    if ($Tail['From'] -gt 0) { $begin = [System.Math]::Max(0, [System.Array]::IndexOf($Tail['Bytes'], [byte] 10)) }
    $strict = New-Object System.Text.UTF8Encoding($false, $true)
    $count = $Tail['Bytes'].GetLength(0) - $begin
    try { return $strict.GetString($Tail['Bytes'], $begin, $count) }
    catch { return [System.Text.Encoding]::GetEncoding(28591).GetString($Tail['Bytes'], $begin, $count) }
}
# What only a real host can tell about the POP3 connector, read-only, with every value that might be somebody's masked.
[void] $OwnCommands.Add('Get-Pop3Facts')
$Pop3Lines = '(?<=\A|[\r\n])(?!\z)(?:([^\r\n:]*):)?([^\r\n]*)(?:\r\n|\r|\n|\z)'
# Characters of a text that is shown, bytes on either side of where the program names the record, of a program at most.
$ShownText = 3
$ProgramReach = 4000
$ProgramLimit = 33554432
$MailAddress = '[^\s@<>"'',;:()\[\]]+@[^\s@<>"'',;:()\[\]]+'
$SbsKey = 'HKLM:\SOFTWARE\Microsoft\SmallBusinessServer'
function Get-Pop3Facts {
    [CmdletBinding()]
    param([string] $Path, [string] $Service, [string] $Salt)
    $place = Get-Pop3Place $Path
    $name = Get-Pop3ServiceName $Service
    $facts = @{ Lines = @(); Acl = $null }
    $facts['Bytes'] = @{ Length = $null; FirstBytes = $null; Crlf = $null; Lf = $null; Cr = $null }
    if ([System.IO.File]::Exists($place['File'])) { Add-FileFacts $facts (Read-Pop3File $place) $Salt $place['File'] }
    $facts['Service'] = Get-WholeServiceFacts $name
    $facts['Folders'] = @(Get-Pop3Folders $place['Folder'])
    $facts['Program'] = Get-ProgramFacts
    $facts['Registry'] = @(Get-RegistryFacts @($SbsKey, "HKLM:\SYSTEM\CurrentControlSet\Services\$name"))
    $facts['Log'] = Get-MaskedLog
    return $facts
}
function Add-FileFacts($Facts, $File, [string] $Salt, [string] $Path) {
    $Facts['Bytes'] = Get-ByteFacts $File
    $Facts['Lines'] = @(Get-LineFacts $File $Salt)
    try { $Facts['Acl'] = (Get-FileAcl $Path).Sddl }
    catch { Add-Warning "The file's access list could not be read: $($_.Exception.Message)" }
}
function Get-ByteFacts($File) {
    $whole = New-Object System.Text.RegularExpressions.Regex('\r\n')
    $pairs = $whole.Matches($File['Text']).get_Count()
    $all = $File['Text'].get_Length()
    return @{
        Length     = $File['Bytes'].GetLength(0)
        FirstBytes = (Get-FirstBytes $File['Bytes']).ToLowerInvariant()
        Crlf       = $pairs
        Lf         = $all - $File['Text'].Replace("`n", '').get_Length() - $pairs
        Cr         = $all - $File['Text'].Replace("`r", '').get_Length() - $pairs
    }
}
# One row for each line: its key, what kind of value it has and how long it is, and in which block it stands. The value
# itself is shown where it can be nobody's name and no password.
function Get-LineFacts($File, [string] $Salt) {
    $account = 0
    foreach ($match in @(Find-Pop3Matches $File $Pop3Lines)) {
        $value = $match.Groups[2].Value
        $length = Get-ValueLength $File $match.Groups[2]
        $row = @{ Key = $null; ValueLength = $length; Class = Get-ValueClass $value; Account = $account }
        $row['Value'] = $null
        $row['Digest'] = $null
        if ($match.Groups[1].Success) { Add-ValueFacts $row $File $match $Salt }
        elseif ($value -eq '-') { $row['Value'] = '-'; $account++ }
        $row
    }
}
function Add-ValueFacts($Row, $File, $Match, [string] $Salt) {
    $Row['Key'] = Get-SliceText $File (Get-Pop3Slice $File $Match.Groups[1])
    if (@('Password', 'Entropy') -ccontains $Row['Key']) { return }
    $slice = Get-Pop3Slice $File $Match.Groups[2]
    $value = Get-SliceText $File $slice
    $short = $Row['ValueLength'] -le $ShownText
    if ($short -or ($Row['Key'] -ceq 'Port') -or (@('True', 'False') -contains $value)) { $Row['Value'] = $value }
    if ($Salt) { $Row['Digest'] = Get-SaltedDigest (Copy-Slice $File $slice) $Salt }
}
# In characters; without a byte order mark, where nothing says what one is, in bytes.
function Get-ValueLength($File, $Group) {
    if (($File['Mark'] -eq 0) -or ($File['Unit'] -gt 1)) { return $Group.get_Length() }
    return (Get-SliceText $File (Get-Pop3Slice $File $Group)).get_Length()
}
function Get-ValueClass([string] $Value) {
    if ($Value -eq '') { return 'empty' }
    if ($Value -match '\A[0-9]+\z') { return 'digits' }
    if (($Value -match '\A[A-Za-z0-9+/]{16,}={0,2}\z') -and ($Value.get_Length() % 4 -eq 0)) { return 'base64' }
    return 'text'
}
# Enough to tell whether a value has changed, and too little to tell what it is without the salt.
function Get-SaltedDigest($Bytes, [string] $Salt) {
    $joined = New-Object System.IO.MemoryStream
    $end = [System.Text.Encoding]::UTF8.GetBytes($Salt)
    $joined.Write($Bytes, 0, $Bytes.GetLength(0))
    $joined.Write($end, 0, $end.GetLength(0))
    return (Get-Sha256 $joined.ToArray()).Substring(0, 12)
}
function Get-WholeServiceFacts([string] $Name) {
    $facts = Get-Pop3ServiceFacts $Name
    foreach ($key in @('Description', 'Account', 'Program', 'DependsOn')) { $facts[$key] = $null }
    if (-not $facts['Exists']) { return $facts }
    $instance = Get-ServiceInstance $facts['Name']
    $facts['Description'] = $instance.Description
    $facts['Account'] = $instance.StartName
    $facts['Program'] = $instance.PathName
    $needs = @((Find-Pop3Controller $Name).ServicesDependedOn | Where-Object { $null -ne $_ })
    $facts['DependsOn'] = @($needs | ForEach-Object { $_.Name })
    return $facts
}
function Get-Pop3Folders([string] $Data) {
    $root = Get-ServerFolder
    foreach ($row in @(@($Data, '*'), @(($root + '\Logs\pop3connector'), '*'), @(($root + '\Bin'), '*pop3*'))) {
        $files = @(Get-FolderFiles $row[0] $row[1] | Sort-Object -Property Name | ForEach-Object { Get-FileFacts $_ })
        @{ Path = $row[0]; Files = $files }
    }
}
function Get-ProgramFacts {
    $place = Get-Pop3Program
    $facts = @{ Path = $place['Path']; Exists = $false; FileVersion = $null; Runtime = $null }
    $facts['Config'] = [System.IO.File]::Exists($place['File'] + '.config')
    $facts['Strings'] = @(Get-ProgramStrings $place['Folder'])
    if (-not [System.IO.File]::Exists($place['File'])) { return $facts }
    $facts['Exists'] = $true
    $facts['FileVersion'] = [System.Diagnostics.FileVersionInfo]::GetVersionInfo($place['File']).FileVersion
    $bytes = Read-ProgramText $place['File']
    foreach ($runtime in @('v2.0.50727', 'v4.0.30319')) {
        if ($bytes.IndexOf($runtime, [System.StringComparison]::Ordinal) -ge 0) { $facts['Runtime'] = $runtime }
    }
    return $facts
}
# Each byte as a character.
function Read-ProgramText([string] $File) {
    return [System.Text.Encoding]::GetEncoding(28591).GetString((Read-SharedFile $File))
}
# The texts that stand near the record's name in the connector's programs: where one is named the others are.
function Get-ProgramStrings([string] $Folder) {
    $seen = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    foreach ($file in @(Get-FolderFiles $Folder '*pop3*' | Where-Object { $_.Name -match '\.(exe|dll)\z' })) {
        if ($file.get_Length() -gt $ProgramLimit) {
            Add-Warning "$($file.Name) is too large to be looked at."
            continue
        }
        foreach ($text in @(Find-ProgramStrings (Read-ProgramText (Join-Place $Folder $file.Name)))) {
            if (-not $seen.ContainsKey($text)) { $seen[$text] = $true; $text }
        }
    }
}
function Find-ProgramStrings([string] $Text) {
    $single = [System.Text.Encoding]::GetEncoding(28591)
    $name = $single.GetString([System.Text.Encoding]::Unicode.GetBytes('Pop3Account'))
    $wide = New-Object System.Text.RegularExpressions.Regex('(?:[\x20-\x7E]\x00){3,120}')
    $at = $Text.IndexOf($name, [System.StringComparison]::Ordinal)
    while ($at -ge 0) {
        $from = [System.Math]::Max(0, $at - $ProgramReach)
        $end = [System.Math]::Min($Text.get_Length(), $at + $name.get_Length() + $ProgramReach)
        $window = $Text.Substring($from, $end - $from)
        foreach ($match in @($wide.Matches($window))) { $match.Value.Replace([string] [char] 0, '') }
        $at = $Text.IndexOf($name, $at + 1, [System.StringComparison]::Ordinal)
    }
}
function Get-RegistryFacts($Paths) {
    foreach ($path in @($Paths)) {
        $keys = @(Get-Item -Path $path -ErrorAction SilentlyContinue) +
            @(Get-ChildItem -Path $path -Recurse -ErrorAction SilentlyContinue)
        foreach ($key in @($keys | Where-Object { $null -ne $_ })) {
            foreach ($name in @($key.GetValueNames())) {
                $value = Get-RegistryShown ($key.GetValue($name))
                $shown = $key.Name -replace '\AHKEY_LOCAL_MACHINE', 'HKLM'
                @{ Path = $shown; Name = $name; Kind = $key.GetValueKind($name).ToString(); Value = $value }
            }
        }
    }
}
# Numbers and True and False as they are, of anything else how long it is.
function Get-RegistryShown($Value) {
    if (($null -eq $Value) -or (Test-Number $Value)) { return $Value }
    if (($Value -is [string]) -and ($Value -match '\A([0-9]+|True|False)\z')) { return $Value }
    if ($Value -is [string]) { return $Value.get_Length() }
    return @($Value).Count
}
function Get-MaskedLog {
    try { $log = Read-Pop3Log }
    catch { Add-Warning "The log could not be read: $($_.Exception.Message)"; return $null }
    $log['Lines'] = @(foreach ($line in @($log['Lines'])) { $line -replace $MailAddress, '********' })
    return $log
}
# Which services are here: other collectors of mail are known by the names of theirs.
[void] $OwnCommands.Add('Get-ServiceList')
function Get-ServiceList {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string[]] $Names)
    $modes = Get-StartModes
    foreach ($service in @(Get-Service | Where-Object { Test-ServiceName $_ $Names } | Sort-Object -Property Name)) {
        @{
            Name        = $service.Name
            DisplayName = $service.DisplayName
            Status      = $service.Status.ToString()
            StartMode   = $modes[$service.Name]
        }
    }
}
function Test-ServiceName($Service, $Names) {
    foreach ($name in @($Names)) {
        if (($Service.Name -like $name) -or ($Service.DisplayName -like $name)) { return $true }
    }
    return $false
}
# All of them in one question.
function Get-StartModes {
    $modes = @{ }
    try {
        foreach ($found in @(Get-WmiObject -Class 'Win32_Service' -ErrorAction Stop | Where-Object { $null -ne $_ })) {
            $modes[$found.Name] = $found.StartMode
        }
    }
    catch { Add-Warning "The start modes of services could not be read: $($_.Exception.Message)" }
    return $modes
}
# What only a real Windows can tell: values of the registry, versions of files, events, and memory.
[void] $OwnCommands.Add('Get-RegistryValues')
[void] $OwnCommands.Add('Get-UpdateFacts')
[void] $OwnCommands.Add('Get-EventCounts')
[void] $OwnCommands.Add('Get-ProcessFacts')
# Events of the application log that are looked at, the newest.
$EventLimit = 5000
function Get-RegistryValues {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] $Values)
    foreach ($wanted in @($Values)) {
        $found = Get-RegistryKey $wanted['Key']
        $row = @{ Key = $wanted['Key']; Name = $wanted['Name']; Present = ($null -ne $found); Value = $null }
        if ($row['Present']) { $row['Value'] = Get-Property $found $wanted['Name'] }
        $row
    }
}
# What is updated shows in the files: rollups stand neither in Exchange's part of the registry nor among the hotfixes.
function Get-UpdateFacts {
    [CmdletBinding()]
    param()
    $system = $env:windir + '\System32'
    return @{
        ExSetup  = Get-FileVersion (Get-ExchangeFolder) 'ExSetup.exe'
        WinHttp  = Get-FileVersion $system 'winhttp.dll'
        WebIo    = Get-FileVersion $system 'webio.dll'
        DotNet35 = Test-FileText ($env:windir + '\Microsoft.NET\Framework64\v2.0.50727') 'System.dll' 'SystemDefaultTlsVersions'
    }
}
function Get-ExchangeFolder {
    $key = Get-ExchangeKey
    if (-not $key) { return $null }
    $folder = Get-Property (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup") 'MsiInstallPath'
    if ($folder) { return (Join-Place $folder 'bin') }
}
# As numbers: in the text of an Exchange file they are filled up with zeros.
function Get-FileVersion([string] $Folder, [string] $Name) {
    if (-not $Folder) { return $null }
    $path = Join-Place $Folder $Name
    if (-not [System.IO.File]::Exists($path)) { return $null }
    $found = Get-Property (Get-Item -Path $path -ErrorAction Stop) 'VersionInfo'
    return (@($found.FileMajorPart, $found.FileMinorPart, $found.FileBuildPart, $found.FilePrivatePart) -join '.')
}
# Whether the text stands in the file in UTF-16, at whatever offset.
function Test-FileText([string] $Folder, [string] $Name, [string] $Text) {
    $file = Join-Place $Folder $Name
    if (-not [System.IO.File]::Exists($file)) { return $null }
    $single = [System.Text.Encoding]::GetEncoding(28591)
    $wanted = $single.GetString([System.Text.Encoding]::Unicode.GetBytes($Text))
    return ($single.GetString((Read-SharedFile $file)).IndexOf($wanted, [System.StringComparison]::Ordinal) -ge 0)
}
# How often each event of these sources (patterns) stands among the newest of the application log, and when it came last.
function Get-EventCounts {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string[]] $Sources)
    $counts = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    Get-EventLog -LogName 'Application' -Newest $EventLimit -ErrorAction Stop | ForEach-Object {
        foreach ($pattern in @($Sources)) {
            if ($_.Source -like $pattern) { Add-Event $counts $_; break }
        }
    }
    return $counts.get_Values()
}
function Add-Event($Counts, $Found) {
    $kind = $Found.EntryType.ToString()
    $number = [int] ($Found.InstanceId -band 0xFFFF)
    $key = "$($Found.Source) $('{0:d5}' -f $number) $kind"
    if (-not $Counts.ContainsKey($key)) {
        $Counts[$key] = @{ Source = $Found.Source; Id = $number; Kind = $kind; Count = 0; Latest = $Found.TimeGenerated }
    }
    $row = $Counts[$key]
    $row['Count'] = $row['Count'] + 1
    if ($Found.TimeGenerated -gt $row['Latest']) { $row['Latest'] = $Found.TimeGenerated }
}
# What this very process has needed so far; asked last, after whatever was loaded.
function Get-ProcessFacts {
    [CmdletBinding()]
    param()
    $process = [System.Diagnostics.Process]::GetCurrentProcess()
    return @{
        PeakMegabytes    = [int] ($process.PeakWorkingSet64 / 1MB)
        PrivateMegabytes = [int] ($process.PrivateMemorySize64 / 1MB)
    }
}
# What Exchange's message tracking log writes here: kinds of events and how often, of nobody's mail in particular.
[void] $OwnCommands.Add('Get-TrackingForms')
$NeedsExchange['Get-TrackingForms'] = @('Get-MessageTrackingLog')
function Get-TrackingForms {
    [CmdletBinding()]
    param([int] $Hours = 24)
    Assert-Range 'Hours' $Hours 1 720
    $since = (Get-Date).AddHours(-$Hours)
    $counts = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    Get-MessageTrackingLog -Start $since -ResultSize 'Unlimited' -ErrorAction Stop |
        ForEach-Object { Add-TrackingForm $counts $_ }
    return $counts.get_Values()
}
function Add-TrackingForm($Counts, $Logged) {
    $row = @{ EventId = [string] $Logged.EventId; Source = [string] $Logged.Source; Count = 0; EmptySenders = 0 }
    $row['ConnectorId'] = [string] $Logged.ConnectorId
    $key = @($row['EventId'], $row['Source'], $row['ConnectorId']) -join ' '
    if (-not $Counts.ContainsKey($key)) { $Counts[$key] = $row }
    $row = $Counts[$key]
    $row['Count'] = $row['Count'] + 1
    if ([string] $Logged.Sender -eq '<>') { $row['EmptySenders'] = $row['EmptySenders'] + 1 }
}
# The host's own addresses.
[void] $OwnCommands.Add('Get-OwnAddresses')
function Get-OwnAddresses {
    [CmdletBinding()]
    param()
    $seen = @{ }
    foreach ($adapter in @(Get-WmiObject -Class 'Win32_NetworkAdapterConfiguration' -ErrorAction Stop)) {
        if (($null -eq $adapter) -or -not $adapter.IPEnabled) { continue }
        $masks = @($adapter.IPSubnet)
        $at = 0
        foreach ($address in @($adapter.IPAddress)) {
            $mask = [string] $masks[$at++]
            $plain = ([string] $address) -replace '%.*', ''
            if ((-not $plain) -or $seen.ContainsKey($plain)) { continue }
            $seen[$plain] = $true
            @{ Address = $plain; Prefix = Get-PrefixLength $mask }
        }
    }
}
# Of IPv6 it is told as it is, of IPv4 as a mask.
function Get-PrefixLength([string] $Mask) {
    if ($Mask -match '\A[0-9]{1,3}\z') { return [int] $Mask }
    if (-not ($Mask -match '\A([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\z')) { return $null }
    $bits = ''
    foreach ($at in @(1..4)) {
        foreach ($weight in @(128, 64, 32, 16, 8, 4, 2, 1)) { $bits = $bits + [int] [bool] ([int] $matches[$at] -band $weight) }
    }
    if (-not ($bits -match '\A(1*)0*\z')) { return $null }
    return $matches[1].get_Length()
}
# ---- what may be said ------------------------------------------------------------------------------------------------
# Published values, words, numbers and forms stay as they are; anything else gets a stand-in, the same one throughout:
# word-1, person-1@domain-1. Where a name can stand, nothing is shown for being a word.
# plugins/plugin_utils/probe/stand_ins.py does the same, from the same table.
$StandIns = @{ Given = @{ }; Counts = @{ }; Hosts = $null }
# Kinds of texts in which not every word is somebody's.
$Spoken = @('words', 'term', 'key', 'program')
$PublishedKeys = @('Pop3Account', 'SmtpServer', 'Server', 'Port', 'Username', 'Password', 'Entropy')
$OwnBefore = @('', 'host-1', 'host-1.domain-1')
function Initialize-StandIns($Facts) {
    $StandIns['Hosts'] = Get-OwnNames $Facts
    foreach ($name in @('words', 'parts', 'people', 'capitals', 'codes')) {
        $StandIns[$name] = New-WordSet ($Table[$name] -join ' ' -split ' ')
    }
    $StandIns['Keys'] = New-WordSet $Table['keys']
    foreach ($name in @('names', 'segments')) {
        $known = '(?:' + ($Table[$name] -join '|') + ')' + $Table["${name}_end"]
        $StandIns[$name] = New-Expression ($Table['opening'] + $known)
    }
    $published = $Table['phrases'] -join '|'
    $phrases = $Table['before'] + "([`"']?)(?:$published)" + $Table['behind'] + '[.]?\1'
    $StandIns['phrases'] = New-Expression "\A(?:$phrases)(?![\s\S])"
    $StandIns['positions'] = New-Expression (@(@($phrases) + @($Table['positions'])) -join '|')
    $escaped = @($StandIns['Hosts'].get_Keys() | ForEach-Object { [System.Text.RegularExpressions.Regex]::Escape($_) })
    $names = $escaped -join '|'
    if (-not $names) { $names = '(?!)' }
    $own = "(?<![0-9A-Za-z])(?i:$names)(?![0-9A-Za-z])"
    $StandIns['Own'] = New-Expression $own
    $StandIns['Tokens'] = New-Expression (@(@($own) + @($Table['tokens']) | ForEach-Object { "($_)" }) -join '|')
}
function New-Expression([string] $Pattern) {
    return (New-Object System.Text.RegularExpressions.Regex($Pattern))
}
function New-WordSet($Words) {
    $set = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    foreach ($word in @($Words)) { $set[$word] = $true }
    return $set
}
# The names that the host tells of itself, the longest first.
function Get-OwnNames($Facts) {
    $names = New-Object System.Collections.Specialized.OrderedDictionary
    if ($null -eq $Facts) { $Facts = @{ ComputerName = $env:COMPUTERNAME } }
    $domain = [string] $Facts['Domain']
    $found = @{ }
    $found[([string] $Facts['Fqdn']).ToLowerInvariant()] = 'host-1.domain-1'
    $found[$domain.ToLowerInvariant()] = 'domain-1'
    $found[@($domain -split '\.')[0].ToLowerInvariant()] = 'domain-1'
    $found[([string] $Facts['ComputerName']).ToLowerInvariant()] = 'host-1'
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($name in @($found.get_Keys())) { $sorted['{0:d5} {1}' -f (99999 - $name.get_Length()), $name] = $name }
    foreach ($name in @($sorted.get_Values())) { if ($name) { $names[$name] = $found[$name] } }
    return $names
}
# A shape is the name of a kind, or a list of names, each with the shape of what is below it.
function Get-Shown($Value, $Shape) {
    if (-not ($Shape -is [string])) { return , (Get-ShownParts $Value $Shape) }
    if ($Value -is [string]) { return (Get-ShownText $Value $Shape) }
    if (($null -eq $Value) -or ($Value -is [bool]) -or (Test-Number $Value)) { return $Value }
    if ($Value -is [System.Collections.IDictionary]) { return 'object' }
    if ($Shape -eq 'count') { return @($Value).Count }
    $shown = New-Object System.Collections.ArrayList
    foreach ($item in @($Value)) { [void] $shown.Add((Get-Shown $item $Shape)) }
    return , $shown.ToArray()
}
function Get-ShownParts($Value, $Shape) {
    if ($Value -is [System.Array]) {
        $rows = New-Object System.Collections.ArrayList
        foreach ($item in @($Value)) { [void] $rows.Add((Get-ShownParts $item $Shape)) }
        return , $rows.ToArray()
    }
    $known = @{ }
    if ($Value -is [System.Collections.IDictionary]) { $known = $Value }
    $parts = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($pair in @($Shape)) { $parts[$pair[0]] = Get-Shown $known[$pair[0]] $pair[1] }
    return $parts
}
function Get-ShownText([string] $Text, [string] $Kind) {
    if ($Kind -eq 'count') { return $Text.get_Length() }
    if ($Kind -eq 'program') { return (Get-ProgramText $Text) }
    $pattern = $Table['patterns'][$Kind]
    if ($pattern -and ($Text -cmatch $pattern)) { return $Text }
    if (($Kind -eq 'key') -and ($StandIns['Keys'].ContainsKey($Text) -or ($PublishedKeys -ccontains $Text))) {
        return $Text
    }
    if (($Kind -eq 'code') -and $StandIns['codes'].ContainsKey($Text)) { return $Text }
    if ($Spoken -contains $Kind) { return (Get-Spoken (Get-Cut $Text) $Kind) }
    return (Get-ShownName (Get-Cut $Text) $Kind)
}
# A text out of a program's file is shown where it is all known words and tells nothing of this host.
function Get-ProgramText([string] $Text) {
    if (($Text -cmatch $Table['patterns']['identifier']) -and -not (Test-Somebodys $Text.Trim([char[]] '-:'))) {
        $StandIns['Keys'][$Text] = $true
        return $Text
    }
    return (Get-Spoken (Get-Cut $Text) 'program')
}
function Test-Somebodys([string] $Name) {
    if ($PublishedKeys -ccontains $Name) { return $false }
    $lowered = $Name.ToLowerInvariant()
    if ($StandIns['Own'].Match($Name).Success -or $StandIns['Given'].ContainsKey("word $lowered")) { return $true }
    return ($StandIns['people'].ContainsKey($lowered) -or -not (Test-Word $Name))
}
function Get-Harmless([string] $Text) {
    return (Get-Spoken (Get-Cut $Text) 'words')
}
# A word that would be cut off falls away: half a number is no number.
function Get-Cut([string] $Text) {
    if ($Text.get_Length() -le 500) { return $Text }
    return ($Text.Substring(0, 500) -replace '[^\x00-\x20]*(?![\s\S])', '')
}
# Words outside the positions in which names stand, and those as names.
function Get-Spoken([string] $Text, [string] $Kind) {
    $shown = ''
    $from = 0
    foreach ($match in @($StandIns['positions'].Matches($Text))) {
        $shown += Get-Tokens $Text.Substring($from, $match.Index - $from) $Kind
        $shown += Get-Position $match.Value $Kind
        $from = $match.Index + $match.Value.get_Length()
    }
    return ($shown + (Get-Tokens $Text.Substring($from) $Kind))
}
# A name; only an answer of a mail server is a sentence within quotes. What follows PASS is nothing but hidden.
function Get-Position([string] $Text, [string] $Kind) {
    if ($StandIns['phrases'].Match($Text).Success) { return $Text }
    if ($Text -cmatch $Table['secret']) {
        $command = $Matches[0]
        return ($command + (Get-StandIn 'word' $Text.Substring($command.get_Length())))
    }
    if ($Text -cmatch $Table['reply']) {
        return ('"' + (Get-Spoken $Text.Substring(1, $Text.get_Length() - 2) $Kind) + '"')
    }
    return (Get-ShownName $Text 'name')
}
# What is known to stand at the beginning of a name, or between the backslashes of a path, up to what is not.
function Get-ShownName([string] $Text, [string] $Kind) {
    $list = 'names'
    if ((@('file', 'path') -contains $Kind) -or ($Text -cmatch $Table['drive'])) { $list = 'segments' }
    $shown = New-Object System.Collections.ArrayList
    $open = $true
    foreach ($segment in @($Text -split '\\')) {
        $end = 0
        if ($open) { $end = Get-KnownLength $segment $list (($shown.ToArray() -join '\') -ceq 'host-1') }
        $rest = Get-Tokens $segment.Substring($end) 'name'
        [void] $shown.Add($segment.Substring(0, $end) + $rest)
        $open = $open -and ((($end -gt 0) -and -not $rest.Trim()) -or (($end -eq 0) -and ($OwnBefore -ccontains $rest)))
    }
    return ($shown.ToArray() -join '\')
}
# Queues are SERVER\number.
function Get-KnownLength([string] $Segment, [string] $List, [bool] $OfHost) {
    $known = $StandIns[$List].Match($Segment)
    if ($known.Success) { return $known.Value.get_Length() }
    if ($OfHost -and ($Segment -cmatch '\A[0-9]{1,6}(?![\s\S])')) { return $Segment.get_Length() }
    return 0
}
function Get-Tokens([string] $Text, [string] $Kind) {
    $shown = New-Object System.Collections.ArrayList
    foreach ($match in @($StandIns['Tokens'].Matches($Text))) { [void] $shown.Add((Get-Token $match $Kind)) }
    return ($shown.ToArray() -join '')
}
function Get-Token($Match, [string] $Kind) {
    $text = $Match.Value
    if ($Match.Groups[1].Success) {
        # Capitals are odd: of some letters the small one is another text.
        $name = $StandIns['Hosts'][$text.ToLowerInvariant()]
        if ($name) { return $name }
        return (Get-StandIn 'word' $text)
    }
    if ($Match.Groups[2].Success) { return (Get-StandIn 'guid' $text) }
    if ($Match.Groups[3].Success) { return (Get-AddressToken $text) }
    if ($Match.Groups[4].Success) {
        if ($text -cmatch $Table['sids']) { return $text }
        return (Get-StandIn 'sid' $text)
    }
    if ($Match.Groups[5].Success -or $Match.Groups[6].Success) {
        if (@($Table['addresses'] -split ' ') -contains $text) { return $text }
        return (Get-StandIn 'ip' $text)
    }
    if ($Match.Groups[7].Success) { return (Get-Dotted $text $Kind) }
    if ($Match.Groups[8].Success) { return (Get-Word $text $Kind) }
    return ($text -replace '[\x00-\x1f\x7f]', ' ')
}
function Get-AddressToken([string] $Text) {
    $at = $Text.IndexOf('@')
    $person = $Text.Substring(0, $at)
    if (-not ($person -cmatch $Table['templates'])) { $person = Get-StandIn 'person' $person }
    return ($person + '@' + (Get-DomainToken $Text.Substring($at + 1)))
}
# A number, the name of a file, a type of .NET, or a name in DNS.
function Get-Dotted([string] $Text, [string] $Kind) {
    if (Get-OwnSuffix $Text) { return (Get-DomainToken $Text) }
    $dot = $Text.LastIndexOf('.')
    if (($Text -cmatch $Table['patterns']['exception']) -and (Test-Word $Text.Substring($dot + 1))) { return $Text }
    if ($Text -cmatch '\A[0-9.]+(?![\s\S])') { return (Get-EachWord $Text '[0-9]+' $Kind) }
    $ending = $Text.Substring($dot)
    if (@($Table['endings'] -split ' ') -ccontains $ending.Substring(1).ToLowerInvariant()) {
        return ((Get-EachWord $Text.Substring(0, $dot) $Table['piece'] $Kind) + $ending)
    }
    if (($Text -cmatch '\ASystem\.') -and ($Kind -ne 'name')) {
        $parts = @(Get-Pieces $Text $Table['piece'])
        $unknown = @($parts | Where-Object { -not (Test-Shown $_.ToLowerInvariant() 'key') })
        if (@($unknown).Count -eq 0) { return $Text }
    }
    return (Get-DomainToken $Text)
}
# Between dots; with numbers in it, it could belong to an address.
function Get-PlainWord([string] $Text, [string] $Kind) {
    $plain = $StandIns['words'].ContainsKey($Text.ToLowerInvariant()) -or ($Text -cnotmatch '[0-9]')
    if ($plain) { return (Get-Word $Text $Kind) }
    return (Get-HiddenWord $Text)
}
function Get-Pieces([string] $Text, [string] $Pattern) {
    $regex = New-Expression $Pattern
    foreach ($match in @($regex.Matches($Text))) { $match.Value }
}
function Get-EachWord([string] $Text, [string] $Pattern, [string] $Kind) {
    $regex = New-Expression $Pattern
    $shown = ''
    $from = 0
    foreach ($match in @($regex.Matches($Text))) {
        $piece = $match.Value
        if ($Pattern -eq '[0-9]+') { $piece = Get-Word $piece $Kind } else { $piece = Get-PlainWord $piece $Kind }
        $shown += $Text.Substring($from, $match.Index - $from) + $piece
        $from = $match.Index + $match.Value.get_Length()
    }
    return ($shown + $Text.Substring($from))
}
# A name in DNS; a host of the server's own domain is told as one.
function Get-DomainToken([string] $Text) {
    $lowered = $Text.ToLowerInvariant()
    if ($StandIns['Hosts'].Contains($lowered)) { return $StandIns['Hosts'][$lowered] }
    $suffix = Get-OwnSuffix $Text
    if ($suffix) { return ((Get-StandIn 'machine' $Text) + '.' + $suffix) }
    return (Get-StandIn 'domain' $Text)
}
# The stand-in of the server's own domain, where the name is one in it.
function Get-OwnSuffix([string] $Text) {
    $lowered = $Text.ToLowerInvariant()
    foreach ($name in @($StandIns['Hosts'].get_Keys())) {
        if ($name.Contains('.') -and $lowered.EndsWith(".$name", [System.StringComparison]::Ordinal)) {
            return $StandIns['Hosts'][$name]
        }
    }
}
function Get-Word([string] $Text, [string] $Kind) {
    if (Test-Shown $Text $Kind) { return $Text }
    return (Get-HiddenWord $Text)
}
function Get-HiddenWord([string] $Text) {
    if ($Text -cmatch '\A[0-9_-]+(?![\s\S])') { return ($Text -replace '[0-9]', '#') }
    return (Get-StandIn 'word' $Text)
}
# In names numbers alone, in sentences what is nobody's name as it is written there.
function Test-Shown([string] $Text, [string] $Kind) {
    if ($Text -cmatch $Table['numbers']) { return $true }
    if (($Text -cmatch '\A[0-9]+(?![\s\S])') -and $StandIns['words'].ContainsKey($Text)) { return $true }
    if ($Kind -eq 'term') { return (Test-Word $Text) }
    if (($Kind -eq 'name') -or $StandIns['people'].ContainsKey($Text.ToLowerInvariant())) { return $false }
    if ($StandIns['words'].ContainsKey($Text) -or $StandIns['capitals'].ContainsKey($Text)) { return $true }
    return (($Kind -eq 'key') -and (Test-Word $Text))
}
# A word of the table, or put together of some.
function Test-Word([string] $Text) {
    $whole = $StandIns['words'].ContainsKey($Text.ToLowerInvariant())
    if ($whole -or $StandIns['capitals'].ContainsKey($Text)) { return $true }
    $pieces = @(Get-Pieces $Text $Table['camel'])
    if (($pieces -join '') -cne $Text) { return $false }
    foreach ($piece in @($pieces)) {
        $piece = $piece.ToLowerInvariant()
        $known = $StandIns['words'].ContainsKey($piece) -or $StandIns['parts'].ContainsKey($piece)
        if (-not $known) { return $false }
    }
    return $true
}
function Get-StandIn([string] $Kind, [string] $Text) {
    $key = $Kind + ' ' + $Text.ToLowerInvariant()
    if (-not $StandIns['Given'].ContainsKey($key)) {
        if (-not $StandIns['Counts'].ContainsKey($Kind)) { $StandIns['Counts'][$Kind] = Get-FirstNumber $Kind }
        $StandIns['Counts'][$Kind] = $StandIns['Counts'][$Kind] + 1
        $StandIns['Given'][$key] = "$Kind-$($StandIns['Counts'][$Kind])"
    }
    return $StandIns['Given'][$key]
}
# The host's own domain is the first one.
function Get-FirstNumber([string] $Kind) {
    foreach ($name in @($StandIns['Hosts'].get_Values())) { if ($name.StartsWith("$Kind-")) { return 1 } }
    return 0
}
# ---- asking ----------------------------------------------------------------------------------------------------------
# No session is opened from here.
function Import-ExchangeEndpoint { Stop-Step 'exchange_not_loaded' 'Only the snap-in is loaded here.' }
# Where WinRM does not run, its drive would offer to start it.
function Get-ShellMemory {
    $service = Get-Service -Name 'WinRM' -ErrorAction SilentlyContinue
    if (($null -ne $service) -and ($service.Status.ToString() -ne 'Running')) { return $null }
    try { return [int] (Get-Item -Path 'WSMan:\localhost\Shell\MaxMemoryPerShellMB' -ErrorAction Stop).Value }
    catch { Add-Warning "MaxMemoryPerShellMB could not be read: $($_.Exception.Message)" }
}
function Get-Results {
    $results = @{ }
    $number = 0
    foreach ($step in @($Table['steps'])) {
        $number++
        [System.Console]::Out.WriteLine("$number of $(@($Table['steps']).Count): $($step['command'])")
        $results[$step['id']] = Invoke-Step @{ exchange = 'snapin' } $step
    }
    return $results
}
function Get-Answer($Row, $Result) {
    $answer = New-Object System.Collections.Specialized.OrderedDictionary
    if ($Result['status'] -eq 'done') {
        $rows = New-Object System.Collections.ArrayList
        foreach ($found in @($Result['output'])) { [void] $rows.Add((Get-Shown $found $Row['shape'])) }
        $answer['status'] = 'answered'
        $answer['ms'] = $Result['ms']
        $answer['facts'] = $rows.ToArray()
        if ($Row['tally']) { $answer['facts'] = Get-Counted $rows.ToArray() }
        return $answer
    }
    $failure = $Result['error']
    $told = New-Object System.Collections.Specialized.OrderedDictionary
    $told['code'] = Get-Shown $failure['code'] 'code'
    $told['type'] = Get-Shown $failure['type'] 'exception'
    $told['message'] = Get-Harmless ([string] $failure['message'])
    $answer['status'] = 'failed'
    $answer['ms'] = $Result['ms']
    $answer['error'] = $told
    return $answer
}
# How often each row comes, in the order of their first coming.
function Get-Counted($Rows) {
    $counts = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($row in @($Rows)) {
        $text = ConvertTo-JsonText $row
        if (-not $counts.Contains($text)) { $counts[$text] = $row; $row['Count'] = 0 }
        $counts[$text]['Count'] = $counts[$text]['Count'] + 1
    }
    return , @($counts.get_Values())
}
function Get-FileContent($Results) {
    $content = New-Object System.Collections.Specialized.OrderedDictionary
    $content['format'] = 1
    $content['noun'] = 'probe'
    $content['host'] = 'host-1'
    $content['saved_at'] = ConvertTo-WireTime ([datetime]::UtcNow)
    $content['asked_by'] = 'pasted script'
    $content['agent'] = Get-Shown $AgentVersion 'release'
    $content['powershell'] = $PSVersionTable.PSVersion.ToString()
    $answers = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($row in @($Table['questions'])) { $answers[$row['key']] = Get-Answer $row $Results[$row['ask']] }
    $content['answers'] = $answers
    $content['warnings'] = @($Warnings.ToArray() | ForEach-Object { Get-Harmless $_ })
    return $content
}
# JSON over several lines, so that it can be read before it is sent.
function Format-Json([string] $Text) {
    $parts = New-Object System.Text.RegularExpressions.Regex('"(?:[^"\\]|\\.)*"|[{}\[\],]|[^"{}\[\],]+')
    $shown = New-Object System.Collections.ArrayList
    $depth = 0
    foreach ($match in @($parts.Matches($Text))) {
        $part = $match.Value
        if (@('}', ']') -contains $part) { $depth--; [void] $shown.Add("`n" + ('  ' * $depth)) }
        [void] $shown.Add($part)
        if (@('{', '[') -contains $part) { $depth++ }
        if (@('{', '[', ',') -contains $part) { [void] $shown.Add("`n" + ('  ' * $depth)) }
    }
    return (($shown.ToArray() -join '') + "`n")
}
function Get-AnswerFile {
    $folder = [System.Environment]::GetFolderPath('Desktop')
    if (-not $folder) { $folder = $HOME }
    return (Join-Place $folder 'sbs-mailflow-answers.json')
}
Import-JsonReader
$Table = ConvertFrom-JsonText $TableText
$Results = Get-Results
Initialize-StandIns (@($Results['host']['output']) | Select-Object -First 1)
$AnswerFile = Get-AnswerFile
$Content = Format-Json (ConvertTo-JsonText (Get-FileContent $Results))
[System.IO.File]::WriteAllText($AnswerFile, $Content, [System.Text.Encoding]::ASCII)
[System.Console]::Out.WriteLine("The answers are in $AnswerFile. Read them, then send them.")
}

Invoke-Probe

# END written by scripts/reference

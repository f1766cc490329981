import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { InferComplex } from '../../edm/infer.ts';
import { isUuid } from '../../lib/ids.ts';
import {
  dataType,
  type deviceComplianceScriptError,
  type deviceComplianceScriptRule,
  type deviceComplianceScriptRuleError,
  type deviceComplianceScriptRulesValidationError,
  operator,
  validateComplianceScript,
} from '../../model/device-compliance-policy.ts';
import { assignDeviceComplianceScript, deviceComplianceScript } from '../../model/device-compliance-script.ts';
import { type OperationRule, reading } from '../operation-rule.ts';
import { complianceFamily } from '../policies/families.ts';
import { assignRule } from '../policies/policy-operations.ts';
import { findOne } from '../unit-of-work.ts';

/**
 * The rules file of custom compliance settings: `{"Rules": [{"SettingName", "Operator", "DataType", "Operand", "MoreInfoUrl",
 * "RemediationStrings": [{"Language", "Title", "Description"}]}]}`. Names and values are read without regard to case. The published
 * limits are 100 rules and 100 KB; none is published for single texts, so that none is reported as too large.
 */

type ComplianceErrorCode = Extract<keyof (typeof deviceComplianceScriptRulesValidationError)['members'], string>;

type Rule = InferComplex<typeof deviceComplianceScriptRule>;
type ScriptError = InferComplex<typeof deviceComplianceScriptError>;
type RuleError = InferComplex<typeof deviceComplianceScriptRuleError>;

const errorOf = (code: ComplianceErrorCode, message: string): ScriptError => ({
  code,
  deviceComplianceScriptRulesValidationError: code,
  message,
});

/** What is wrong with a rules file. Errors of both types name theirs, as one derives from the other. */
const complianceError = (code: ComplianceErrorCode, message: string): ScriptError => ({
  '@odata.type': '#microsoft.graph.deviceComplianceScriptError',
  ...errorOf(code, message),
});

/** The rules of a file, the errors of the file, and the errors of its rules. */
interface RulesValidation {
  readonly rules: readonly Rule[];
  readonly scriptErrors: readonly ScriptError[];
  readonly ruleErrors: readonly RuleError[];
}

const RULE_ERROR = '#microsoft.graph.deviceComplianceScriptRuleError';
const MAX_BYTES = 100 * 1024;
const MAX_RULES = 100;

const LANGUAGES = new Set(
  (
    'cs_cz da_dk de_de el_gr en_us es_es fi_fi fr_fr hu_hu it_it ja_jp ' +
    'ko_kr nb_no nl_nl pl_pl pt_br ro_ro ru_ru sv_se tr_tr zh_cn zh_tw'
  ).split(' '),
);

const EQUALITY = ['isEquals', 'notEquals'];
const ORDER = [...EQUALITY, 'greaterThan', 'greaterEquals', 'lessThan', 'lessEquals'];

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const isInt64 = (text: string): boolean => /^[+-]?\d{1,19}$/.test(text) && BigInt(text) >= INT64_MIN && BigInt(text) <= INT64_MAX;

/** The types that rules may have: the operators that fit them, and the operands. */
const TYPES: Readonly<Record<string, { readonly operators: readonly string[]; readonly accepts: (text: string) => boolean }>> = {
  boolean: { operators: EQUALITY, accepts: (text) => /^(true|false)$/i.test(text) },
  int64: { operators: ORDER, accepts: isInt64 },
  double: { operators: ORDER, accepts: (text) => text.trim() !== '' && Number.isFinite(Number(text)) },
  string: { operators: EQUALITY, accepts: () => true },
  dateTime: {
    operators: ORDER,
    accepts: (text) => [text, `${text}Z`, `${text}T00:00:00Z`].some((t) => parseDateTimeOffset(t) !== undefined),
  },
  version: { operators: ORDER, accepts: (text) => /^\d+(\.\d+){0,3}$/.test(text) },
};

type Members = ReadonlyMap<string, unknown>;

/** The members of a JSON object, by name in lower case; undefined for anything else. */
const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]))
    : undefined;

/** @param content the file as base64 */
function validateComplianceRules(content: string | null): RulesValidation {
  const wrong = (code: ComplianceErrorCode, message: string): RulesValidation => ({
    rules: [],
    scriptErrors: [complianceError(code, message)],
    ruleErrors: [],
  });
  const bytes = Buffer.from(content ?? '', 'base64');
  if (bytes.length === 0) return wrong('jsonFileMissing', "Send the JSON of the rules as 'rulesContent'.");
  if (bytes.length > MAX_BYTES) return wrong('jsonFileTooLarge', `The file has ${bytes.length} bytes; at most ${MAX_BYTES} are allowed.`);
  const file = membersOf(parsed(bytes));
  if (file === undefined) return wrong('jsonFileInvalid', 'The file is no JSON object. It starts with { "Rules": [ … ] }.');
  const rules = file.get('rules');
  if (!Array.isArray(rules) || rules.length === 0) return wrong('rulesMissing', "The file has no 'Rules'.");
  if (rules.length > MAX_RULES)
    return wrong('tooManyRulesSpecified', `The file has ${rules.length} rules; at most ${MAX_RULES} are allowed.`);
  const seen = new Set<string>();
  const read = rules.map((rule) => readRule(membersOf(rule) ?? new Map(), seen));
  return { rules: read.map(({ rule }) => rule), scriptErrors: [], ruleErrors: read.flatMap(({ errors }) => errors) };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Reads one rule. @param seen the rules before it */
function readRule(members: Members, seen: Set<string>): { readonly rule: Rule; readonly errors: readonly RuleError[] } {
  const settingName = members.get('settingname') ?? null;
  const name = typeof settingName === 'string' ? settingName : null;
  const found: (readonly [ComplianceErrorCode, string])[] = [];
  const report = (code: ComplianceErrorCode, message: string): void => {
    found.push([code, message]);
  };
  if (settingName === null || settingName === '') report('settingNameMissing', "The rule has no 'SettingName'.");
  else if (name === null || name.trim() === '') report('settingNameInvalid', "'SettingName' must be a text.");
  const rule = { settingName: name, ...readCondition(members, report) };
  const key = JSON.stringify(rule);
  if (seen.has(key)) report('duplicateRules', 'The file has this rule twice.');
  seen.add(key);
  checkLink(members.get('moreinfourl'), report);
  checkStrings(members.get('remediationstrings'), report);
  return { rule, errors: found.map(([code, message]) => ({ '@odata.type': RULE_ERROR, ...errorOf(code, message), settingName: name })) };
}

type Report = (code: ComplianceErrorCode, message: string) => void;

type Condition = Omit<Rule, 'settingName' | '@odata.type'>;

const namesOf = <M extends string>(members: Readonly<Record<M, number>>): readonly M[] => Object.keys(members) as M[];

const memberNamed = <M extends string>(members: Readonly<Record<M, number>>, value: unknown): M | undefined =>
  namesOf(members).find((name) => name.toLowerCase() === String(value).toLowerCase());

/** Reads what a rule compares with what, and how. */
function readCondition(members: Members, report: Report): Condition {
  const [givenOperator, givenType, operand] = ['operator', 'datatype', 'operand'].map((name) => members.get(name) ?? null);
  const operatorName = memberNamed(operator.members, givenOperator) ?? 'none';
  const typeName = memberNamed(dataType.members, givenType) ?? 'none';
  const type = Object.hasOwn(TYPES, typeName) ? TYPES[typeName] : undefined;
  const isOperator = ORDER.includes(operatorName);
  if (givenOperator === null) report('operatorMissing', "The rule has no 'Operator'.");
  else if (!isOperator) report('operatorNotSupported', `The operator must be one of ${ORDER.join(', ')}.`);
  if (givenType === null) report('datatypeMissing', "The rule has no 'DataType'.");
  else if (type === undefined) report('datatypeNotSupported', `The data type must be one of ${Object.keys(TYPES).join(', ')}.`);
  else if (isOperator && !type.operators.includes(operatorName)) {
    report('operatorDataTypeCombinationNotSupported', `A ${typeName} can be compared by ${type.operators.join(', ')} only.`);
  }
  const text = operand === null || typeof operand === 'object' ? null : String(operand);
  if (operand === null) report('operandMissing', "The rule has no 'Operand'.");
  else if (text === null || type?.accepts(text) === false) report('operandInvalid', `'Operand' must be a ${typeName}.`);
  return {
    operator: operatorName,
    deviceComplianceScriptRulOperator: operatorName,
    dataType: typeName,
    deviceComplianceScriptRuleDataType: typeName,
    operand: text,
  };
}

function checkLink(link: unknown, report: Report): void {
  if (link === undefined || link === null || link === '') report('moreInfoUriMissing', "The rule has no 'MoreInfoUrl'.");
  else if (typeof link !== 'string' || !/^https?:\/\//i.test(link) || !URL.canParse(link)) {
    report('moreInfoUriInvalid', "'MoreInfoUrl' must be an absolute http or https URL.");
  }
}

/** Checks what users read in each language. */
function checkStrings(strings: unknown, report: Report): void {
  if (!Array.isArray(strings) || strings.length === 0) {
    report('remediationStringsMissing', "The rule has no 'RemediationStrings'.");
    return;
  }
  const languages = new Set<string>();
  for (const one of strings) {
    const members = membersOf(one) ?? new Map<string, unknown>();
    const language = String(members.get('language') ?? '').toLowerCase();
    if (!LANGUAGES.has(language)) report('unrecognizedLocale', `'${language.slice(0, 20)}' is no supported language, such as en_US.`);
    else if (languages.has(language)) report('duplicateLocales', `The language '${language}' is there twice.`);
    languages.add(language);
    checkText(members.get('title'), ['titleMissing', 'titleInvalid'], report);
    checkText(members.get('description'), ['descriptionMissing', 'descriptionInvalid'], report);
  }
  if (!languages.has('en_us')) report('englishLocaleMissing', 'There must be a text in en_US.');
}

function checkText(text: unknown, [missing, invalid]: readonly [ComplianceErrorCode, ComplianceErrorCode], report: Report): void {
  if (text === undefined || text === null || text === '') report(missing, 'Each remediation string needs a Title and a Description.');
  else if (typeof text !== 'string' || text.trim() === '') report(invalid, 'Title and Description must be texts.');
}

/** The operations on compliance scripts. */
export const complianceOperations: readonly OperationRule[] = [
  assignRule(complianceFamily, assignDeviceComplianceScript),

  reading(validateComplianceScript, async ({ reader }, { parameters }) => {
    const { deviceComplianceScriptId = null, rulesContent = null } = parameters.deviceCompliancePolicyScript ?? {};
    const { scriptErrors, ...rest } = validateComplianceRules(rulesContent);
    if (deviceComplianceScriptId === null) return { ...rest, scriptErrors };
    const id = deviceComplianceScriptId.toLowerCase();
    if (isUuid(id) && (await findOne(reader, deviceComplianceScript, { id })) !== undefined) return { ...rest, scriptErrors };
    const unknown = complianceError('unknown', `There is no compliance script with the id '${deviceComplianceScriptId.slice(0, 100)}'.`);
    return { ...rest, scriptErrors: [unknown, ...scriptErrors] };
  }),
];

// The tool formats as data. Prompt texts are part of the formats: they are what models were trained on.
import { gemma4Tool, gemma4Arguments } from './gemma4.ts';
import type { PythonMapping, PythonValue } from './python-json.ts';

export interface ToolFormat {
  readonly system: {
    readonly system: string;
    /**
     * inner: {type: function, function: X} counts as X, an empty text without X; inner-or-self: as itself without X; wrap: what is
     * not of type function becomes {type: function, function: …}; given: the JSON as it is, of whatever type.
     */
    readonly unwrap: 'inner' | 'inner-or-self' | 'wrap' | 'given';
    /** One tool, as a pattern or in a notation of its own; absent: the whole list is one JSON array. */
    readonly tool?: string | ((tool: PythonMapping) => string);
    readonly join?: string;
    readonly jsonIndent?: number;
    /** Arguments are listed in words. */
    readonly parameter?: true;
    /** The pattern needs the tool's name. */
    readonly named?: true;
  };
  readonly call: {
    readonly each: string;
    /** The arguments in a notation of the format's own, as {{value}} of `each`. */
    readonly value?: (args: PythonValue) => string;
    readonly join: string;
    readonly around?: string;
    /** How one argument is written, as part of {{args}}. Formats that have it need the arguments to be an object. */
    readonly argument?: string;
    readonly argumentJoin?: string;
    readonly quoteStrings?: true;
    readonly parallel?: false;
    /** Any number of calls but one is written as one JSON array. */
    readonly severalAsList?: true;
  };
}

export const toolFormats: Readonly<Record<string, ToolFormat>> = {
  default: {
    system: {
      system:
        'You have access to the following tools:\n{{tools}}Use the following format if using a tool:\n```\nAction: tool name (one of [{{names}}])\nAction Input: the input to the tool, in a JSON format representing the kwargs (e.g. ```{"input": "hello world", "num_beams": 5}```)\n```\n',
      unwrap: 'inner',
      tool: '> Tool Name: {{name}}\nTool Description: {{description}}\nTool Args:\n{{parameters}}\n',
      parameter: true,
      named: true,
    },
    call: { each: 'Action: {{name}}\nAction Input: {{arguments}}', join: '\n' },
  },
  gemma4: {
    system: { system: '{{tools}}', unwrap: 'inner-or-self', tool: gemma4Tool, join: '\n' },
    call: { each: '<|tool_call>call:{{name}}{{value}}<tool_call|>', join: '', value: gemma4Arguments },
  },
  glm4: {
    system: {
      system:
        '你是一个名为 ChatGLM 的人工智能助手。你是基于智谱 AI 公司训练的语言模型 GLM-4 模型开发的，你的任务是针对用户的问题和要求提供适当的答复和支持。\n\n# 可用工具{{tools}}',
      unwrap: 'inner',
      tool: '\n\n## {{name}}\n\n{{json}}\n在调用上述函数时，请使用 Json 格式表示调用的参数。',
      jsonIndent: 4,
      named: true,
    },
    call: { each: '{{name}}\n{{arguments}}', join: '', parallel: false },
  },
  glm4_moe: {
    system: {
      system:
        '\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>{{tools}}\n</tools>\n\nFor each function call, output the function name and arguments within the following XML format:\n<tool_call>{function-name}\n<arg_key>{arg-key-1}</arg_key>\n<arg_value>{arg-value-1}</arg_value>\n<arg_key>{arg-key-2}</arg_key>\n<arg_value>{arg-value-2}</arg_value>\n...\n</tool_call>\n',
      unwrap: 'wrap',
      tool: '\n{{json}}',
    },
    call: {
      each: '\n<tool_call>{{name}}{{args}}',
      join: '\n',
      argument: '\n<arg_key>{{key}}</arg_key>\n<arg_value>{{value}}</arg_value>',
    },
  },
  lfm2: {
    system: { system: 'List of tools: <|tool_list_start|>{{tools}}<|tool_list_end|>', unwrap: 'inner-or-self' },
    call: {
      each: '{{name}}({{args}})',
      join: ', ',
      around: '<|tool_call_start|>[{{calls}}]<|tool_call_end|>',
      argument: '{{key}}={{value}}',
      argumentJoin: ', ',
      quoteStrings: true,
    },
  },
  ling: {
    system: {
      system:
        '# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>{{tools}}\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>\ndetailed thinking off',
      unwrap: 'wrap',
      tool: '\n{{json}}',
    },
    call: { each: '<tool_call>\n{"name": {{name json}}, "arguments": {{arguments}}}\n</tool_call>', join: '\n' },
  },
  llama3: {
    system: {
      system:
        'Cutting Knowledge Date: December 2023\nToday Date: {{date}}\n\nYou have access to the following functions. To call a function, please respond with JSON for a function call. Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}. Do not use variables.\n\n{{tools}}',
      unwrap: 'wrap',
      tool: '{{json}}\n\n',
      jsonIndent: 4,
    },
    call: { each: '{"name": {{name json}}, "parameters": {{arguments}}}', join: '', severalAsList: true },
  },
  minimax1: {
    system: {
      system:
        'You are provided with these tools:\n<tools>\n{{tools}}</tools>\n\nIf you need to call tools, please respond with <tool_calls></tool_calls> XML tags, and provide tool-name and json-object of arguments, following the format below:\n<tool_calls>\n{"name": <tool-name-1>, "arguments": <args-json-object-1>}\n...\n</tool_calls>',
      unwrap: 'inner',
      tool: '{{json}}\n',
    },
    call: {
      each: '{"name": {{name json}}, "arguments": {{arguments}}}',
      join: '\n',
      around: '<tool_calls>\n{{calls}}\n</tool_calls>',
    },
  },
  minimax2: {
    system: {
      system:
        '\n\n# Tools\n\nYou may call one or more tools to assist with the user query.\nHere are the tools available in JSONSchema format:\n\n<tools>\n{{tools}}</tools>\n\nWhen making tool calls, use XML format to invoke tools and pass parameters:\n\n<minimax:tool_call>\n<invoke name="tool-name-1">\n<parameter name="param-key-1">param-value-1</parameter>\n<parameter name="param-key-2">param-value-2</parameter>\n...\n</invoke>\n</minimax:tool_call>',
      unwrap: 'inner',
      tool: '<tool>{{json}}</tool>\n',
    },
    call: {
      each: '<invoke name="{{name}}">{{args}}\n</invoke>',
      join: '\n',
      argument: '\n<parameter name="{{key}}">{{value}}</parameter>',
    },
  },
  mistral: {
    system: { system: '[AVAILABLE_TOOLS] {{tools}}[/AVAILABLE_TOOLS]', unwrap: 'wrap' },
    call: { each: '{"name": {{name json}}, "arguments": {{arguments}}}', join: ', ', around: '[{{calls}}]' },
  },
  qwen: {
    system: {
      system:
        '\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>{{tools}}\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>',
      unwrap: 'wrap',
      tool: '\n{{json}}',
    },
    call: { each: '<tool_call>\n{"name": {{name json}}, "arguments": {{arguments}}}\n</tool_call>', join: '\n' },
  },
  qwen3_5: {
    system: {
      system:
        '\n\n# Tools\n\nYou have access to the following functions:\n\n<tools>{{tools}}\n</tools>\n\nIf you choose to call a function ONLY reply in the following format with NO suffix:\n\n<tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n</parameter>\n<parameter=example_parameter_2>\nThis is the value for the second parameter\nthat can span\nmultiple lines\n</parameter>\n</function>\n</tool_call>\n\n<IMPORTANT>\nReminder:\n- Function calls MUST follow the specified format: an inner <function=...></function> block must be nested within <tool_call></tool_call> XML tags\n- Required parameters MUST be specified\n- You may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after\n- If there is no function call available, answer the question like normal with your current knowledge and do not tell the user about function calls\n</IMPORTANT>',
      unwrap: 'inner-or-self',
      tool: '\n{{json}}',
    },
    call: {
      each: '<tool_call>\n<function={{name}}>{{args}}\n</function>\n</tool_call>',
      join: '\n',
      argument: '\n<parameter={{key}}>\n{{value}}\n</parameter>',
    },
  },
  seed_oss: {
    system: {
      system:
        'system\nYou are Doubao, a helpful AI assistant. You may call one or more functions to assist with the user query.Tool List:\nYou are authorized to use the following tools (described in JSON Schema format). Before performing any task, you must decide how to call them based on the descriptions and parameters of these tools.\n{{tools}}\n工具调用请遵循如下格式:\n<seed:tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>value_1</parameter>\n<parameter=example_parameter_2>This is the value for the second parameter\nthat can span\nmultiple lines</parameter>\n</function>\n</seed:tool_call>\n',
      unwrap: 'given',
    },
    call: {
      each: '\n<seed:tool_call>\n<function={{name}}{{args}}\n</function>\n</seed:tool_call>',
      join: '\n',
      argument: '\n<parameter={{key}}>{{value}}</parameter>',
    },
  },
};

"""Chat templates, in the two manners that models have them: marks of a turn's start and end, and instructions in brackets."""

# As ChatML: a default system message, tools as JSON, one token at each end of a turn.
MARKED = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are a careful programmer.' }}
    {%- endif %}
    {{- '\\n\\n# Tools\\n' }}
    {%- for tool in tools %}
        {{- '\\n' }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are a careful programmer.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == 'user') or (message.role == 'system' and not loop.first) or (message.role == 'assistant' and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

# As the second Llama: the system message inside the first turn, turns that must alternate.
BRACKETED = """\
{%- if messages[0]['role'] == 'system' %}
    {%- set system = '<<SYS>>\\n' + messages[0]['content'].strip() + '\\n<</SYS>>\\n\\n' %}
    {%- set turns = messages[1:] %}
{%- else %}
    {%- set system = '' %}
    {%- set turns = messages %}
{%- endif %}
{%- for message in turns %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('turns must alternate between user and assistant') }}
    {%- endif %}
    {%- set content = system + message['content'] if loop.first else message['content'] %}
    {%- if message['role'] == 'user' %}
        {{- bos_token + '[INST] ' + content.strip() + ' [/INST]' }}
    {%- elif message['role'] == 'assistant' %}
        {{- ' ' + content.strip() + ' ' + eos_token }}
    {%- else %}
        {{- raise_exception('only user and assistant turns are known') }}
    {%- endif %}
{%- endfor %}
"""

SYSTEM = {"role": "system", "content": "You repair code. Answer with a diff alone."}
ASK = {"role": "user", "content": "  Is `os.system(cmd + \" <b>&'x'\")` safe?\nLine two. \n"}
ANSWER = {"role": "assistant", "content": " No: the shell reads it. "}
AGAIN = {"role": "user", "content": "Überprüfe – 修正 ✓"}

CHATS = [
    {"name": "one turn", "messages": [ASK]},
    {"name": "with a system message", "messages": [SYSTEM, ASK]},
    {"name": "three turns", "messages": [SYSTEM, ASK, ANSWER, AGAIN]},
    {"name": "two questions in a row", "messages": [SYSTEM, ASK, AGAIN]},
    {
        "name": "with tools",
        "messages": [ASK],
        "tools": [{"type": "function", "function": {"name": "patch", "description": "Applies <a> & 'b'; é", "n": 1.5}}],
    },
]

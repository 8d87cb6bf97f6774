"""The fixed phrases by which providers say why they refuse, as regular expressions; each begins a part of a sentence.

What stands in quotes is `_` when they are tried. Sources: the API references and servers of the providers named.
"""

from collections.abc import Mapping

from app.llm.base import ErrorKind

_N = r"~?\d[\d,._]*"
PHRASES: Mapping[ErrorKind, tuple[str, ...]] = {
    "context_too_long": (
        # OpenAI, Azure, vLLM, DeepSeek, Together, Fireworks; OpenRouter says endpoint, xAI prompt length
        rf"(?:this|the) (?:model|endpoint)(?:'s)? max(?:imum)? (?:context|prompt|input) length is {_N}",
        r"your input exceeds the context window of this model",  # OpenAI
        r"please reduce the length of (?:the|your) (?:messages?|prompt|inputs?|context)",  # Groq, Cerebras, OpenAI
        rf"however, the model's context length is only {_N}",  # vLLM
        rf"the (?:decoder |encoder )?prompt \((?:total )?length {_N}\) is longer than the maximum model length",  # vLLM
        rf"input prompt \({_N} tokens\) is too long",  # vLLM
        rf"the input \({_N} tokens\) (?:is longer than|exceeds) the model's (?:maximum )?context length",  # SGLang
        r"requested token count exceeds the model's maximum context length",  # SGLang
        rf"input length \({_N} tokens\) exceeds the maximum allowed length",  # SGLang
        rf"the input token count(?: \({_N}\)| of {_N})? exceeds the maximum number of (?:input )?tokens",  # Gemini
        rf"unable to submit request because the input token count is {_N}",  # Vertex
        rf"prompt contains {_N} tokens.{{0,60}}too large for model",  # Mistral
        r"(?:the |your )?prompt is too long\b",  # Anthropic, Fireworks
        r"input length and \S{1,30} exceed context limit",  # Anthropic
        rf"\S{{1,30}} must have less than {_N} tokens",  # TGI
        rf"\S{{1,30}} tokens \+ \S{{1,30}} must be <= {_N}",  # TGI, Together
        r"too many tokens: (?:total number of tokens|size limit)",  # Cohere
        rf"(?:the )?request(?: \({_N} tokens\))? exceeds the available context size",  # llama.cpp
        r"(?:the )?input length exceeds (?:the )?(?:maximum )?context length",  # Ollama
        r"(?:the )?prompt too long\b",  # Ollama
        r"the number of tokens to keep from the initial prompt is greater than the context length",  # LM Studio
        rf"trying to keep the first {_N} tokens when context the overflows",  # LM Studio
        r"input is too long for requested model",  # Bedrock
        rf"(?:invalid request: )?your request exceeded model token limit: {_N}",  # Moonshot
        r"(?:invalid params, )?context window exceeds limit",  # MiniMax
        r"range of input length should be \[",  # Alibaba
        r"prompt (?:exceeds max length|超长)",  # Zhipu
        rf"input length {_N} exceeds the maximum length",  # Volcengine
        r"total tokens of image and text exceed max message tokens",  # Volcengine
        rf"the estimated number of input and maximum output tokens \({_N}\) exceeded",  # Workers AI
        rf"prompt token count of {_N} exceeds the limit of {_N}",  # Copilot
        rf"prompt length \(?{_N}\)? (?:is greater than max_seq_len|exceeds maximum input length)",  # Tabby, TensorRT
        rf"prompt is {_N} tokens but the model context window is {_N}",  # RKLLM
        r"(?:the )?(?:maximum |max )?context (?:length|window|size)(?: limit)?(?: is| was| has been)? exceeded",
        rf"length of prompt_tokens \({_N}\) must be less than max_seq_len",  # SiliconFlow
        rf"max_total_tokens must be less than or equal to max_seq_len {_N}",  # SiliconFlow
        rf"reached context length of {_N} tokens",  # LM Studio
        rf"prompt token count \({_N}\) cannot exceed",  # Databricks
        rf"the maximum sequence length is {_N}",  # Databricks
        rf"max tokens of {_N} exceeded",  # Snowflake
        rf"(?:[^:]{{0,80}}: )?the number of input tokens {_N} cannot exceed",  # watsonx
        rf"requested {_N} tokens, but the maximum is",  # Perplexity
        rf"requested generation length {_N} is not possible",  # SambaNova
        r"token limit exceeded",  # MiniMax
        rf"the max input characters is {_N}",  # Baidu
        rf"the length of messages must be less than or equal {_N}",  # Baidu
        rf"prompt has too many tokens: {_N}",  # AI21
        rf"(?:input|prompt|request)(?: is)? too long: {_N}",
        rf"(?:input|prompt)(?: tokens)? {_N} exceeds (?:the )?(?:model )?context",
        (
            r"(?:the |your )?(?:input|prompt|request|messages?)(?: length)? exceeds? "
            r"(?:the )?(?:model'?s? )?(?:maximum |max )?(?:context|token) (?:length|window|limit|size)"
        ),
    ),
    "content_refused": (
        r"the response was filtered due to the prompt triggering",  # Azure
        r"input(?: text| image)? data may contain inappropriate content",  # Alibaba
        r"output(?: text| image)? data may contain inappropriate content",  # Alibaba
        r"the request was rejected because it was considered high risk",  # Moonshot
        r"content exists risk",  # DeepSeek
        r"output blocked by content filtering policy",  # Anthropic
        r"your (?:input|prompt|request) was flagged\b",  # OpenRouter, OpenAI
        r"\S{1,120} requires moderation on ",  # OpenRouter
        r"your request was (?:rejected|blocked) (?:as a result of|by) (?:our|the) (?:safety|moderation|content)",
        # Gemini
        r"(?:the )?(?:prompt|request|response|content) (?:was |is )?blocked\b.{0,40}(?:safety|prohibited|polic|filter)",
        r"the prompt could not be submitted",  # Vertex
        r"content violates usage guidelines",  # xAI
        r"系统检测到输入或生成内容可能包含不安全或敏感内容",  # Zhipu
    ),
    "insufficient_credits": (
        r"your credit balance is too low",  # Anthropic
        r"you have reached your specified api usage limits",  # Anthropic
        r"insufficient (?:account )?(?:balance|credits?|quota|funds)\b",  # DeepSeek, OpenRouter and others
        r"you exceeded your current quota, please check your plan and billing",  # OpenAI
        r"this request requires more credits",  # OpenRouter
        r"(?:key|credit|spend(?:ing)?) limit (?:exceeded|reached)",  # OpenRouter, Together
        r"you have (?:run out of|exceeded your monthly(?: included)?) credits",  # xAI, Hugging Face
        r"your newly created team doesn't have any credits",  # xAI
        r"your team \S{1,80} has (?:either )?(?:used all available credits|exhausted)",  # xAI
        r"your prepayment credits are depleted",  # Gemini
        r"gemini api free tier is not available in your country",  # Gemini
        r"this api method requires billing to be enabled",  # Google
        r"inactive subscription or usage limit reached",  # Mistral
        r"account \S{1,120} is suspended, possibly due to reaching the monthly spending limit",  # Fireworks
        r"your account \S{1,120} is suspended, please check your plan and billing",  # Moonshot
        r"access denied, please make sure your account is in good standing",  # Alibaba
        r"(?:sorry, )?your account balance is insufficient",  # SiliconFlow
        r"the request failed because your account has an overdue balance",  # Volcengine
        r"budget has been exceeded",  # LiteLLM
        r"exceededbudget:",  # LiteLLM
        r"余额不足",
    ),
    "model_not_found": (
        (
            r"(?:the )?(?:requested )?model:? \S{1,120} "
            r"(?:does not exist|(?:is |was )?not found|is not supported$|is not available)"
        ),
        r"the model \S{1,120} has been (?:decommissioned|deprecated|removed)",  # Groq
        r"the \S{1,120} model is not supported",  # OpenAI
        r"model (?:does )?not (?:exist|found)\b",  # DeepSeek, Fireworks, SiliconFlow
        r"(?:\S{1,60}: )?invalid model name passed in",  # LiteLLM
        r"invalid model:? \S{1,120}",  # Mistral
        r"\S{1,120} is not a valid model id",  # OpenRouter
        r"no endpoints found for \S{1,120}",  # OpenRouter
        r"not found the model \S{1,120}",  # Moonshot
        r"unable to access model \S{1,120}",  # Together
        r"models/\S{1,120} is not found for api version",  # Gemini
        r"the api deployment for this resource does not exist",  # Azure
        r"the provided model identifier is invalid",  # Bedrock
        r"模型不存在",  # Zhipu
    ),
    "auth_failed": (
        r"api key (?:not valid|not found|expired)\b",  # Gemini
        r"your api key (?:is|was|has been|has) (?:invalid|expired|reported as leaked|revoked|disabled)",  # Gemini
        r"(?:incorrect|invalid|wrong) (?:x-)?api[ -]?key\b",  # OpenAI, xAI, Anthropic, Groq, Together
        r"no (?:api key|auth credentials|cookie auth credentials) (?:provided|passed|found)",  # OpenRouter, LiteLLM
        r"authentication (?:error|fails?|failed)\b",  # LiteLLM, DeepSeek
        r"invalid authentication\b",  # Moonshot
        r"invalid (?:proxy server )?token\b",  # LiteLLM
        r"no connected db\b",  # LiteLLM without a database: the key is not its master key
        r"method doesn't allow unregistered callers",  # Google
        r"access denied due to invalid subscription key",  # Azure
        r"authori[sz]ation failed\b",  # NVIDIA
        r"this authentication method does not have sufficient permissions",  # Hugging Face
        r"the security token included in the request is (?:invalid|expired)",  # AWS
        r"(?:bearer |access |api |programmatic access )?token (?:is |has )?(?:invalid|expired|revoked)\b",  # AWS, Baidu
        r"invalid (?:access|api|bearer) token\b",  # Databricks, Cohere
        r"api key is (?:currently )?(?:blocked|disabled|invalid|expired|revoked)",  # xAI
        r"login fail\b",  # MiniMax
        r"iam certification failed",  # Baidu
    ),
    "rate_limited": (
        r"(?:requests? |tokens? )?rate limit (?:reached|exceeded|hit)\b",  # Groq, OpenAI, Mistral
        r"(?:quota exceeded|quota has been exceeded) for (?:quota )?metric",  # Google
        r"resource (?:has been )?exhausted\b",  # Google
        r"too many (?:requests|tokens, please wait)\b",  # Bedrock
        r"(?:tokens|requests) per (?:minute|second|hour|day) limit exceeded",  # Cerebras
        r"out of call volume quota",  # Azure's gateway
        r"\S{1,120} is temporarily rate-limited",  # OpenRouter
        r"max parallel request limit reached",  # LiteLLM
        r"crossed tpm / rpm",  # LiteLLM
        r"you (?:have |'ve )?(?:exceeded|reached|hit) (?:your|the) (?:assigned )?(?:rate|requests? per minute) limit",
    ),
    "unavailable": (
        (
            r"(?:the )?(?:engine|model|server|service)(?: \S{1,80})? is (?:currently |temporarily )?"
            r"(?:overloaded|unavailable|busy|at capacity)"
        ),
        r"upstream (?:connect error|request timeout)",
        r"internal server error\b",
        r"overloaded\b",  # Anthropic
    ),
    "bad_response": (
        r"json mode couldn't be met",
        r"failed to generate json\b",
        r"parsing failed\. the model generated output",
    ),  # Groq
}

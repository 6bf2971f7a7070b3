"""Short words of the officers' pages of declarations, with the tone of their tags."""

from jinzhi.kernel.text import Text

RISKS: dict[str, tuple[Text, str]] = {"high": (Text("高", "High"), "r"), "medium": (Text("中", "Medium"), "w"), "low": (Text("低", "Low"), "")}
SEVERITIES: dict[str, tuple[Text, str]] = {
    "error": (Text("不符", "Error"), "r"),
    "doubt": (Text("存疑", "Doubt"), "w"),
    "note": (Text("提示", "Note"), ""),
}
FOUND_IN: dict[str, Text] = {
    "goods": Text("货物", "Goods"),
    "packing": Text("包装", "Packing"),
    "container": Text("集装箱", "Container"),
    "conveyance": Text("运输工具", "Conveyance"),
}
METHODS: dict[str, Text] = {
    "transfer": Text("转账", "Bank transfer"),
    "card": Text("刷卡", "Card"),
    "cash": Text("现金", "Cash"),
    "online": Text("网上支付", "Online"),
}
